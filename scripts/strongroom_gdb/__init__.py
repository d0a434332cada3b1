"""The parts of strongroom-gdb.py."""
