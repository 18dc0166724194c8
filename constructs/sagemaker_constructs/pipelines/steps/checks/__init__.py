"""Steps that check data and models against baselines, for existing customers."""
