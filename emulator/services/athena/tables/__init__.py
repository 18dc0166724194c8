"""Tables: what the catalog says of them, which objects they are, and how their files are read."""
