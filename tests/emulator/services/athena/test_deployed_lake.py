"""What the library's constructs deploy, crawls and answers."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

import sagemaker_constructs as sm
from harness.aws_clients import Clients, wait_for

BUCKET = "deployed-lake"


def test_a_table_a_crawler_and_a_saved_query_give_rows(
    client: Clients, ask: Any, tmp_path: Path, context: dict[str, Any]
) -> None:
    app = cdk.App(context=context, outdir=str(tmp_path / "out"))
    stack = cdk.Stack(app, "deployed-lake", env=cdk.Environment(region="us-east-1"))
    bucket = s3.Bucket.from_bucket_name(stack, "Lake", BUCKET)
    shop = sm.LakeDatabase(stack, "Shop", removal_policy=cdk.RemovalPolicy.DESTROY)
    sm.LakeTable(
        stack,
        "Orders",
        database=shop,
        bucket=bucket,
        prefix="orders",
        format="csv",
        columns={"customer": "string", "amount": "double"},
        partitions={"day": sm.DateProjection("2024-01-01"), "region": sm.EnumProjection(["eu", "us"])},
        folders="{region}/{day}",
    )
    group = sm.AthenaWorkgroup(stack, "Team", bucket=bucket, scan_limit_gb=0.01, name="deployed-team")
    saved = sm.SavedQuery(
        stack,
        "Sum",
        workgroup=group,
        database=shop,
        sql="SELECT customer, sum(amount) FROM orders GROUP BY 1 ORDER BY 1",
    )
    crawler = sm.Crawler(stack, "Look", database=shop, bucket=bucket, prefixes=["found"])
    cdk.CfnOutput(stack, "Query", value=saved.id)
    cdk.CfnOutput(stack, "Crawler", value=crawler.name)
    template = app.synth().get_stack_by_name("deployed-lake").template

    objects, cloudformation = client("s3"), client("cloudformation")
    objects.create_bucket(Bucket=BUCKET)
    objects.put_object(Bucket=BUCKET, Key="orders/eu/2024-02-03/a.csv", Body=b'customer,amount\n"a, b",2.5\nc,1\n')
    objects.put_object(Bucket=BUCKET, Key="orders/us/2024-02-04/a.csv", Body=b"customer,amount\nc,4\n")
    objects.put_object(Bucket=BUCKET, Key="found/day=1/a.json", Body=b'{"x": 7}')
    template = {name: value for name, value in template.items() if name not in ("Parameters", "Rules")}
    cloudformation.create_stack(StackName="deployed-lake", TemplateBody=json.dumps(template))
    [described] = wait_for(
        lambda: cloudformation.describe_stacks(StackName="deployed-lake")["Stacks"],
        lambda found: not found[0]["StackStatus"].endswith("IN_PROGRESS"),
        60,
    )
    assert described["StackStatus"] == "CREATE_COMPLETE"
    outputs = {each["OutputKey"]: each["OutputValue"] for each in described["Outputs"]}

    query = client("athena").get_named_query(NamedQueryId=outputs["Query"])["NamedQuery"]
    answer = ask(query["QueryString"], query["Database"], WorkGroup=query["WorkGroup"])
    assert (answer.reason, answer.rows) == ("", [("a, b", "2.5"), ("c", "5.0")])
    assert answer.execution["ResultConfiguration"]["OutputLocation"].startswith(f"s3://{BUCKET}/athena/")
    assert answer.execution["ResultConfiguration"]["EncryptionConfiguration"]["EncryptionOption"] == "SSE_KMS"

    glue = client("glue")
    glue.start_crawler(Name=outputs["Crawler"])
    wait_for(lambda: glue.get_crawler(Name=outputs["Crawler"])["Crawler"]["State"], lambda state: state == "READY")
    assert ask("SELECT day, x FROM found", query["Database"], WorkGroup="deployed-team").rows == [("1", "7")]
