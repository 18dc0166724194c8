"""The emulator's process: put together, started, saved, repaired after a crash, ended."""
