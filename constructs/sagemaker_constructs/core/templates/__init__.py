"""Synthesized templates as data: read from a cloud assembly, without the CDK and without Node.

Policies and the change report judge them; nothing here says what is right.
"""
