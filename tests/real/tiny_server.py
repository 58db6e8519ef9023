"""Runs the real llama.cpp server on a tiny model until its standard input closes; loopback only.

`python -m tests.real.tiny_server FOLDER PROFILE [KEY]` prints the address as one line when it answers. The end
of standard input is the end of the parent, so no server outlives the tests that started it.
"""

import os
import socket
import sys
from pathlib import Path

import xllamacpp

from tests.real.tiny_gguf import make

CONTEXT = 4096
SLOTS = 2


def main(folder: str, profile: str, key: str = "") -> None:
    """Make the model, serve it, wait."""
    path = Path(folder) / f"{profile}.gguf"
    make(path, profile)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = xllamacpp.Server(parameters(path, port, key))
    print(f"http://127.0.0.1:{port}", flush=True)
    sys.stdin.read()
    del server
    os._exit(0)  # its threads need no farewell


def parameters(path: Path, port: int, key: str) -> xllamacpp.CommonParams:
    """One thread is the fastest for so small a model; sampling is left to the model's own biases."""
    found = xllamacpp.CommonParams()
    found.model.path = str(path)
    found.model_alias = {"tiny"}
    found.hostnames = ["127.0.0.1"]
    found.port = port
    found.api_keys = [key] if key else []
    found.n_parallel = SLOTS
    found.n_ctx = CONTEXT * SLOTS
    found.cpuparams.n_threads = 1
    found.cpuparams_batch.n_threads = 1
    found.warmup = False
    found.ui = False
    found.sampling.temp = 1.0
    found.sampling.top_k = 0
    found.sampling.top_p = 1.0
    found.sampling.min_p = 0.0
    return found


if __name__ == "__main__":
    main(*sys.argv[1:])
