"""The workflows for GitHub and GitLab, written from the same steps as the pipeline of CodePipeline."""
