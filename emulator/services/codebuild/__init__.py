"""CodeBuild: builds as processes of their buildspec."""

from emulator.coverage import Coverage

COVERAGE = (
    Coverage(
        "CodeBuild",
        real="builds of projects whose source is a pipeline's, an archive in S3 or none: phases of the buildspec in"
        " one shell, `finally`, `on-failure`, variables of the project, of the build, of Parameter Store and of"
        " Secrets Manager, exported variables, artifacts by pattern (also secondary ones), lines in CloudWatch Logs,"
        " timeouts, stop, events. Where namespaces are allowed (Linux), a build can write to the folder `codebuild`"
        " of the state and to its own `/tmp` only; a privileged one, which may use the docker stand-in, is not"
        " enclosed",
        recorded="images, sizes, VPC, runtime versions (programs are those of this machine's `PATH`), caches, roles",
        refused="sources from GitHub and other hosts, `run-as`, `proxy`, batch builds, reports, fleets, webhooks: the"
        " build fails, or the call, with the reason",
    ),
)
