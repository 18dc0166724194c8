"""The catalogue of AWS's rules that neither botocore's service model nor a resource schema contains.

Each module holds the rules of one subject. The library and the embedded AWS read the same rules, so that neither is
stricter than the other. Nothing here needs the CDK but ``at_synth``, which is the library's side.
"""
