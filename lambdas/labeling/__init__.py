"""What a labeling job reads and leaves, and one label from the answers of several workers."""
