"""Models that bring their own `model_fn`, `input_fn`, `predict_fn` and `output_fn`."""
