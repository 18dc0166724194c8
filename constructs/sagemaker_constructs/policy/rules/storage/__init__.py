"""Rules about buckets, keys, images and the policies of resources."""
