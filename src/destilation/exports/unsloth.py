"""Unsloth trains through TRL and reads TRL's conversational form as it is."""

from msgspec.structs import replace

from destilation.exports import trl

FORMAT = replace(
    trl.FORMAT,
    name="unsloth",
    title="Unsloth (the same rows as trl)",
    trainer="as for TRL; train_on_responses_only masks the rest. standardize_data_formats reads sharegpt too",
)
