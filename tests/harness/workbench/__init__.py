"""What tests of the workbench share: a Jupyter server that is used as people do, and what they do."""
