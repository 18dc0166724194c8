"""Local repositories, and pipelines that watch them."""
