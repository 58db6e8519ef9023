"""The rules of distillation: no I/O, no clock, no chance, no await."""
