"""The least that an app can be: one stack with nothing in it."""

import aws_cdk as cdk

app = cdk.App()
cdk.Stack(app, "Empty")
app.synth()
