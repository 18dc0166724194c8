"""What the search chooses among. Each learner gives its model in LightGBM's text format."""
