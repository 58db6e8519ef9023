"""Whether TRL itself takes what is exported: one step of its SFTTrainer on each template in both of its formats.

It needs PyTorch, which nothing else here does, so it runs in an environment of its own beside this checkout:

    python3 -m venv trl && trl/bin/pip install torch trl datasets     # a CPU build of torch is enough
    trl/bin/python benchmarks/trainers.py .venv/bin/destilation

The datasets are made on the mock, the model is tiny and made here, and nothing is fetched.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

os.environ |= {
    "HF_HUB_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
}

TEMPLATES = ("simple_qa", "reasoning", "tool_trace", "coding", "coding_reasoning")
# In the style of ChatML, with the marks by which TRL finds what the assistant said.
CHAT = (
    "{%- if tools %}<|im_start|>tools\n{{ tools | tojson }}<|im_end|>\n{%- endif %}"
    "{%- for message in messages %}<|im_start|>{{ message.role }}\n"
    "{%- if message.role == 'assistant' %}{% generation %}"
    "{%- if message.reasoning_content %}<think>{{ message.reasoning_content }}</think>{%- endif %}"
    "{{ message.content or '' }}"
    "{%- if message.tool_calls %}{{ message.tool_calls | tojson }}{%- endif %}<|im_end|>{% endgeneration %}"
    "{%- else %}{{ message.content }}<|im_end|>{%- endif %}\n{%- endfor %}"
    "{%- if add_generation_prompt %}<|im_start|>assistant\n{%- endif %}"
)


def tokenizer() -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    marks = ["<|im_start|>", "<|im_end|>", "<pad>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(
        [CHAT], trainers.BpeTrainer(special_tokens=marks, initial_alphabet=alphabet, vocab_size=400)
    )
    make: Any = PreTrainedTokenizerFast
    fast = make(tokenizer_object=made, eos_token="<|im_end|>", pad_token="<pad>")
    fast.chat_template = CHAT
    return fast


def step(file: Path, words: Any, folder: Path) -> tuple[float, int]:
    """The loss of one step, and how many rows were prepared."""
    from datasets import load_dataset
    from transformers import LlamaConfig, LlamaForCausalLM
    from trl import SFTConfig, SFTTrainer

    rows = load_dataset("json", data_files=str(file), split="train", cache_dir=str(folder / "cache"))
    size: Any = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2}
    model = LlamaForCausalLM(LlamaConfig(vocab_size=len(words), max_position_embeddings=4096, **size))
    settings = SFTConfig(
        output_dir=str(folder / "out"), max_steps=1, per_device_train_batch_size=2, report_to=[], use_cpu=True, bf16=False,
        assistant_only_loss="messages" in rows.column_names, max_length=4096, logging_steps=1, save_strategy="no", disable_tqdm=True,
    )  # fmt: skip
    trainer = SFTTrainer(model=model, args=settings, train_dataset=rows, processing_class=words)
    return trainer.train().training_loss, len(trainer.train_dataset)


def main(destilation: str) -> None:
    words = tokenizer()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for template in TEMPLATES:
            made = folder / "datasets" / template
            subprocess.run(
                [destilation, "run", "-p", "mock", "-t", template, "-n", "30", "--name", template, "-q", "--ui", "none"],
                cwd=folder, check=True,
            )  # fmt: skip
            for form in ("trl", "trl-pc"):
                out = folder / f"{template}-{form}"
                done = subprocess.run(
                    [destilation, "export", str(made), "--format", form, "--out", str(out)],
                    capture_output=True,
                    text=True,
                )
                if done.returncode:
                    print(f"{template:18}{form:8}not exported: {done.stderr.strip()[:90]}")
                    continue
                (file,) = out.glob("*.jsonl")
                loss, rows = step(file, words, folder)
                assert rows == 30, (template, form, rows)
                assert 0 < loss < 20, (template, form, loss)
                print(f"{template:18}{form:8}{rows} rows, loss of one step {loss:.2f}")


if __name__ == "__main__":
    main(str(Path(sys.argv[1]).absolute()))
