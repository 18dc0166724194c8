"""Of what field types are made: the kit, what AWS says of itself, and folders of the project."""
