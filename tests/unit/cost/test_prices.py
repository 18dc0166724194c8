"""Lists of prices, and how they are read from AWS's files, of which a small one of our own stands in."""

import csv
import io
import json
import re
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from urllib.error import URLError

import pytest

from sagemaker_constructs.cost.prices.price_list import PriceList, Tier
from sagemaker_constructs.cost.prices.refresh import HOST, Refreshed, refresh

HEADER = (
    *("SKU", "OfferTermCode", "RateCode", "TermType", "PriceDescription", "EffectiveDate", "StartingRange"),
    *("EndingRange", "Unit", "PricePerUnit", "Currency", "Product Family", "Instance Type", "usageType", "operation"),
)


def _row(sku: str, usage: str, usd: str, **more: str) -> dict[str, str]:
    row = {
        "SKU": sku,
        "TermType": "OnDemand",
        "StartingRange": "0",
        "EndingRange": "Inf",
        "Unit": "Hrs",
        "PricePerUnit": usd,
        "Currency": "USD",
        "usageType": usage,
    }
    return {**dict.fromkeys(HEADER, ""), **row, **more}


FILES: Mapping[str, list[dict[str, str]]] = {
    "AmazonSageMaker": [
        # The region is written before the usage type; the instance type is empty, or has a suffix.
        _row("S1", "EUC1-Host:ml.m5.large", "0.1380000000", operation="RunInstance"),
        _row("S1", "EUC1-Host:ml.m5.large", "0.0966000000", TermType="Reserved", operation="RunInstance"),
        _row("S2", "EUC1-Train:ml.m5.large", "0.1380000000", **{"Instance Type": "ml.m5.large-Training"}),
        _row("S3", "EUC1-ServerlessInf:Mem-2GB", "0.0000400000", Unit="Second"),
        _row("S4", "EUC1-Host:ml.m5.large-extra", "9.99"),
        # A description with quotes and a line break.
        _row("S5", "EUC1-Host:ml.c5.large", "0.1220000000", PriceDescription='$0.122 per "hour"\nin Frankfurt, EU'),
        # Other currencies stand in the files of other partitions.
        _row("S6", "EUC1-Host:ml.c6i.large", "0.8", Currency="CNY"),
    ],
    "AmazonS3": [
        # Tiers come in any order.
        _row(
            "T1",
            "EUC1-TimedStorage-ByteHrs",
            "0.0235000000",
            StartingRange="51200",
            EndingRange="512000",
            Unit="GB-Mo",
        ),
        _row("T1", "EUC1-TimedStorage-ByteHrs", "0.0245000000", EndingRange="51200", Unit="GB-Mo"),
    ],
    "AWSELB": [
        _row("L1", "EUC1-LoadBalancerUsage", "0.03", operation="LoadBalancing"),
        _row("L2", "EUC1-LoadBalancerUsage", "0.027", operation="LoadBalancing:Application"),
    ],
    # Some usage types have the region's name, some no region at all.
    "awskms": [_row("K1", "eu-central-1-KMS-Keys", "1.0000000000", Unit="Keys")],
    "AWSGlue": [_row("G1", "ETL-DPU-Hour", "0.44"), _row("G2", "ETL-DPU-Hour", "0.44", operation="Jobrun")],
}


@contextmanager
def _opened(address: str) -> Generator[Iterator[str]]:
    """AWS's files, as far as there are any here."""
    offer, _, rest = address.removeprefix(f"{HOST}/offers/v1.0/aws/").partition("/")
    if offer not in FILES:
        raise URLError(f"no file at {address}")
    path = f"/offers/v1.0/aws/{offer}/20260924120000/eu-central-1/index"
    if rest == "current/region_index.json":
        regions = {"eu-central-1": {"regionCode": "eu-central-1", "currentVersionUrl": f"{path}.json"}}
        yield iter([json.dumps({"formatVersion": "v1.0", "regions": regions})])
        return
    assert address == f"{HOST}{path}.csv"
    written = io.StringIO()
    writer = csv.writer(written, quoting=csv.QUOTE_ALL)
    writer.writerow(("FormatVersion", "v1.0"))
    writer.writerow(("Disclaimer", "for information only,\nas AWS says"))
    writer.writerow(("Publication Date", "2026-09-24T12:00:00Z"))
    writer.writerow(("Version", "20260924120000"))
    writer.writerow(("OfferCode", offer))
    writer.writerow(HEADER)
    writer.writerows([row[name] for name in HEADER] for row in FILES[offer])
    yield iter(written.getvalue().splitlines(keepends=True))


def _read(*keys: str) -> Refreshed:
    return refresh("eu-central-1", keys, _opened)


@pytest.mark.parametrize(
    ("key", "tiers", "sku"),
    [
        ("AmazonSageMaker/Host:ml.m5.large", {"0": "0.1380000000"}, "S1"),
        ("AmazonSageMaker/Train:ml.m5.large", {"0": "0.1380000000"}, "S2"),
        ("AmazonSageMaker/ServerlessInf:Mem-2GB", {"0": "0.0000400000"}, "S3"),
        ("AmazonSageMaker/Host:ml.c5.large", {"0": "0.1220000000"}, "S5"),
        ("AmazonS3/TimedStorage-ByteHrs", {"0": "0.0245000000", "51200": "0.0235000000"}, "T1"),
        ("AWSELB/LoadBalancerUsage/LoadBalancing:Application", {"0": "0.027"}, "L2"),
        ("awskms/KMS-Keys", {"0": "1.0000000000"}, "K1"),
        ("AWSGlue/ETL-DPU-Hour", {"0": "0.44"}, "G1"),
    ],
)
def test_a_price_is_found_by_its_usage_type(key: str, tiers: Mapping[str, str], sku: str) -> None:
    [price] = _read(key).prices
    assert price.tiers == tuple(Tier(Decimal(start), Decimal(usd)) for start, usd in tiers.items())
    assert (price.sku, price.date, price.inferred) == (sku, "2026-09-24", False)


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("AmazonSageMaker/Host:ml.p9.large", "AWS's list of AmazonSageMaker in eu-central-1 does not have it"),
        ("AmazonSageMaker/Host:ml.c6i.large", "AWS's list of AmazonSageMaker in eu-central-1 does not have it"),
        (
            "AWSELB/LoadBalancerUsage",
            "several prices, one for each operation: name one of LoadBalancing, LoadBalancing:Application",
        ),
        ("AmazonVPC/VpcEndpoint-Hours", "the price list of AmazonVPC cannot be read: <urlopen error no file at "),
    ],
)
def test_a_price_that_is_not_found_has_its_reason(key: str, why: str) -> None:
    read = _read(key)
    assert not read.prices
    assert read.missing[key].startswith(why)


def test_a_region_without_the_service_is_said() -> None:
    read = refresh("eu-south-9", ["AmazonS3/TimedStorage-ByteHrs"], _opened)
    assert read.missing == {"AmazonS3/TimedStorage-ByteHrs": "AWS lists no prices of AmazonS3 in eu-south-9"}


def test_what_is_read_takes_the_place_of_what_was_known(tmp_path: Path) -> None:
    path = tmp_path / "eu-central-1.json"
    read = _read("AmazonS3/TimedStorage-ByteHrs", "awskms/KMS-Keys")
    PriceList("eu-central-1", {}).with_prices(read.prices).write(path)
    known = PriceList.read(path)
    assert known.prices["AmazonS3/TimedStorage-ByteHrs"].of(Decimal(60000)) == Decimal("1461.2")
    known.write(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_text() == path.read_text()


def test_the_library_s_list_is_written_as_it_would_write_it(tmp_path: Path) -> None:
    known = PriceList.of_region("us-east-1")
    known.write(tmp_path / "us-east-1.json")
    folder = Path(__file__).parents[3] / "constructs" / "sagemaker_constructs" / "cost" / "prices" / "regions"
    assert (folder / "us-east-1.json").read_text() == (tmp_path / "us-east-1.json").read_text()
    assert len(known.prices) <= 120


def test_a_region_without_a_list_is_refused_with_the_command() -> None:
    with pytest.raises(ValueError, match=r"no price list of 'us-esat-1'.*did you mean us-east-1") as raised:
        PriceList.of_region("us-esat-1")
    assert "refresh --region us-esat-1" in str(raised.value)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"usd": "-1"}, "no price may be negative"),
        ({"usd": {"5": "1"}}, "tiers must begin at 0"),
        ({"usd": "much"}, "InvalidOperation"),
        ({"usd": 1.5}, "usd must be text"),
        ({"date": None}, "stands there twice"),
    ],
)
def test_rows_that_are_none_are_all_named(tmp_path: Path, row: dict[str, object], said: str) -> None:
    good = {"key": "A/a", "unit": "Hrs", "usd": "1", "date": "2026-11-30", "source": "here"}
    rows = [good, {**good, **row, **({} if "date" in row else {"key": "A/b"})}, {"key": "A/c"}]
    (tmp_path / "list.json").write_text(json.dumps({"region": "us-east-1", "prices": rows}))
    with pytest.raises(ValueError, match=f"list.json: .*{re.escape(said)}.*A/c: KeyError"):
        PriceList.read(tmp_path / "list.json")
