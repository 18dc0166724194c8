"""Programs of a notebook instance's machine. They run on its root, and import nothing of the emulator."""
