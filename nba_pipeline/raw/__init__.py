"""Landing files to typed rows."""
