"""Workers of the emulator, as tests send them."""
