"""Tests against a real inference server: llama.cpp with a model of random weights, made on the spot."""
