"""The evaluator: against known values, and against terraform where it is installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from local_terraform.account import Account
from local_terraform.errors import NotSupportedError, TerraformError
from local_terraform.language.expressions import Unknown
from local_terraform.language.module import Module

CASES = {
    "1 + 2 * 3 - 4 / 2": 5,
    "(1 + 2) * 3": 9,
    "-3 + 7 % 4": 0,
    "!true || 1 < 2 && 2 >= 3": False,
    "(\n  1 < 2\n  && 2 >= 3\n)": False,
    "1 == 1.0": True,
    'true == 1 ? "same" : "other"': "other",
    'false ? regex("x", "y") : 1': 1,
    '"a-${local.map.b}-${true}-${1.0}"': "a-2-true-1",
    '"$${kept}"': "${kept}",
    '"${local.word}=$${${local.word}}/"': "word=${word}/",
    r'"line\n\"quoted\" \\n"': 'line\n"quoted" \\n',
    '[for value in [3, 1, 2] : value * 2 if value != 1]': [6, 4],
    "[for key, value in local.map : \"${key}${value}\"]": ["a1", "b2"],
    "{ for index, value in [\"x\", \"y\"] : value => index }": {"x": 0, "y": 1},
    '{ for value in ["ab", "ac", "b"] : substr(value, 0, 1) => value... }': {"a": ["ab", "ac"], "b": ["b"]},
    '{ (local.word) = 1, "two" : 2, three = [3] }': {"word": 1, "two": 2, "three": [3]},
    "local.list[*].name": ["n0", "n1"],
    "local.list[1].name": "n1",
    "merge(local.map, { b = 3 }).b": 3,
    "merge([{ a = 1 }, { b = 2 }]...)": {"a": 1, "b": 2},
    'try(local.map.c, local.map["b"])': 2,
    "can(local.map.c)": False,
    'can(regex("^[a-z]{1,3}$", "abc"))': True,
    'can(regex("^[\\\\p{L}\\\\p{N}]+$", "Größe1"))': True,
    'coalesce(null, "", "first")': "first",
    'one([])': None,
    'jsonencode({ z = [1, 2.5], a = "<&>" })': '{"a":"\\u003c\\u0026\\u003e","z":[1,2.5]}',
    'jsondecode("{\\"version\\": 1.0}").version': 1,
    'replace("a-b-c", "-", "_")': "a_b_c",
    'replace("ab12", "/[0-9]+/", "#")': "ab#",
    'split("year=", "events/year=x/")[0]': "events/",
    'reverse(split(".", "a/b.tar.gz"))[0]': "gz",
    'setunion(["b", "a"], ["c", "a"])': ["a", "b", "c"],
    'setproduct(["a"], ["x", "y"])': [["a", "x"], ["a", "y"]],
    'cidrsubnets("10.42.0.0/22", 2, 2, 2, 2)[3]': "10.42.3.0/24",
    'cidrsubnet("10.0.0.0/16", 4, 2)': "10.0.32.0/20",
    'flatten([[1], [[2], 3]])': [1, 2, 3],
    'format("%s-%03d", "a", 7)': "a-007",
    'join(",", [1, true, "x"])': "1,true,x",
    'fileset(path.module, "{sub,other}/*.txt")': ["sub/.hidden.txt", "sub/one.txt"],
    'fileset(path.module, "**/*.txt")': ["sub/.hidden.txt", "sub/deep/two.txt", "sub/one.txt", "top.txt"],
    'fileset("${path.module}/sub", "*")': [".hidden.txt", "one.txt"],
    'trimsuffix("daily.py", ".py")': "daily",
    "floor(7 / 2)": 3,
    'values({ b = 1, a = 2 })': [2, 1],
    'templatefile("${path.module}/top.txt", { name = "x" })': "x ${kept}",
    'format("%s %v %s", true, 1.5, 2)': "true 1.5 2",
    '[for key, value in toset(["b", "a", "b"]) : "${key}${value}"]': ["aa", "bb"],
    'setsubtract(["a", "b"], ["a"])': ["b"],
    'setintersection(["a", "b", "c"], ["c", "b"])': ["b", "c"],
    'tolist(toset(["b", "a"]))[0]': "a",
    'length(toset(["x", "x"]))': 1,
    'abs(-2)': 2,
    'base64encode("a")': "YQ==",
    'base64decode("YQ==")': "a",
    'base64sha256("a")': "ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=",
    'chomp("a\\n\\n")': "a",
    'chunklist([1, 2, 3], 2)': [[1, 2], [3]],
    'dirname("a/b/c.txt")': "a/b",
    'element(["a", "b"], 3)': "b",
    'filebase64("${path.module}/sub/deep/two.txt")': "",
    'filemd5("${path.module}/sub/deep/two.txt")': "d41d8cd98f00b204e9800998ecf8427e",
    'filesha1("${path.module}/sub/deep/two.txt")': "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    'index(["a", "b"], "b")': 1,
    'md5("a")': "0cc175b9c0f1b6a831c399e269772661",
    'title("hello big world")': "Hello Big World",
    'trim("--a--", "-")': "a",
    'trimspace(" a\\n")': "a",
    'substr("hello", 1, -1)': "ello",
    'lookup({ a = 1 }, "b", 2)': 2,
    'zipmap(["a"], [1])': {"a": 1},
    'range(1, 4)': [1, 2, 3],
    'sum([1, 2.5])': 3.5,
    'tostring(true)': "true",
    'tonumber("1.5")': 1.5,
    # What Python would do otherwise, or not at all.
    'try([1, 2][-1], "none")': "none",
    'try("abc"[0], "none")': "none",
    '["a", "b"]["1"]': "b",
    '{ 1 = "a" }[1]': "a",
    'keys({ for index, value in ["x"] : index => value })': ["0"],
    'substr("hello", -2, 2)': "lo",
    'try(slice([1, 2, 3], 1, 9), "none")': "none",
    "range(4, 1)": [4, 3, 2],
    "range(-2)": [0, -1],
    "-7 % 3": -1,
    "1.5 + 1.5": 3,
    'try("a" + "b", "none")': "none",
    'try([1] + [2], "none")': "none",
    '"1" + 2': 3,
    '"10" < "9"': False,
    '-"5"': -5,
    'try(-"a", "none")': "none",
    '"true" ? 1 : 2': 1,
    '!"false" && "true"': True,
    'try(sum([]), "none")': "none",
    "sum([1.5, 1.5])": 3,
    "pow(4, 0.5)": 2,
    'try(element([], 0), "none")': "none",
    'try(element(["a", "b"], -1), "none")': "none",
    'regexall("([a-z])([0-9])", "a1b2")': [["a", "1"], ["b", "2"]],
    'regexall("(?P<l>[a-z])[0-9]", "a1b2")[1].l': "b",
    'regexall("[0-9]", "a1b2")': ["1", "2"],
    'try(cidrsubnet("10.0.0.0/30", 1, 5), "none")': "none",
    'try(length(null), "none")': "none",
    "[for value in toset([3, 10, 2]) : value]": [2, 3, 10],
    "contains([1], true)": False,
    "sort([3, 10, 2])": ["10", "2", "3"],
    'join(",", ["a"], ["b"])': "a,b",
    'compact(["a", 0, "", null])': ["a", "0"],
    'title("été o\'neil")': "Été O'Neil",
    '"<${0.0000001}>"': "<0.0000001>",
}  # fmt: skip
LOCALS = """
  map  = { a = 1, b = 2 }
  word = "word"
  list = [{ name = "n0" }, { name = "n1" }]
"""


@pytest.fixture
def folder(tmp_path) -> Path:
    for name, text in {"top": "${name} $${kept}", "sub/one": "", "sub/.hidden": "", "sub/deep/two": ""}.items():
        path = tmp_path / f"{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    cases = "\n".join(f"  case_{index} = {expression}" for index, expression in enumerate(CASES))
    (tmp_path / "main.tf").write_text(f"locals {{\n{LOCALS}\n}}\nlocals {{\n{cases}\n}}\n")
    return tmp_path


def test_expressions_have_the_values_that_terraform_gives_them(folder):
    module = Module(folder)
    found = {expression: module.local(f"case_{index}") for index, expression in enumerate(CASES)}
    assert found == CASES


@pytest.mark.skipif(not shutil.which("terraform"), reason="terraform is not installed")
def test_terraform_agrees(folder):
    cases = ", ".join(f"local.case_{index}" for index in range(len(CASES)))
    result = subprocess.run(
        ["terraform", f"-chdir={folder}", "console", "-no-color"],  # noqa: S607 - whichever is installed
        input=f"jsonencode([{cases}])\n",
        env={**os.environ, "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert "Error" not in result.stderr, result.stderr
    found = json.loads(json.loads(result.stdout))
    assert dict(zip(CASES, found, strict=True)) == CASES


MODULE = """
variable "size" {
  type    = number
  default = 2
}

resource "aws_s3_bucket" "this" {
  for_each = toset(["raw", "processed"])
  bucket   = "prefix-${each.key}"
}

resource "aws_glue_job" "one" {
  name = "one"

  dynamic "part" {
    for_each = ["x", "y"]

    content {
      value = "${part.key}${part.value}"
    }
  }

  fixed {
    inner {
      count_of = var.size
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_sns_topic" "some" {
  count = var.size
  name  = "topic-${count.index}"
}

output "all" {
  value = [
    aws_s3_bucket.this["raw"].arn,
    aws_glue_job.one.arn,
    aws_sns_topic.some[*].name,
    data.aws_partition.current.partition,
  ]
}

data "aws_partition" "current" {}
"""


@pytest.fixture
def module(tmp_path) -> Module:
    (tmp_path / "main.tf").write_text(MODULE)
    return Module(tmp_path)


def test_resources_have_their_arguments_and_nested_blocks(module):
    assert module.values("aws_glue_job.one") == {
        "name": "one",
        "part": [{"value": "0x"}, {"value": "1y"}],
        "fixed": [{"inner": [{"count_of": 2}]}],
    }
    assert module.values("aws_s3_bucket.this") == {
        "raw": {"bucket": "prefix-raw"},
        "processed": {"bucket": "prefix-processed"},
    }
    assert module.values("aws_sns_topic.some") == {0: {"name": "topic-0"}, 1: {"name": "topic-1"}}


def test_references_lead_to_arguments_and_to_what_aws_makes_of_them(module):
    job = "arn:aws:glue:us-east-1:123456789012:job/one"
    assert module.output("all") == ["arn:aws:s3:::prefix-raw", job, ["topic-0", "topic-1"], "aws"]


@pytest.mark.parametrize(
    ("attributes", "value"),
    [
        pytest.param("nullable = false\n  default = 2", 2, id="takes_no_null"),
        pytest.param("default = 2", None, id="takes_null"),
    ],
)
def test_null_for_a_variable_is_its_default_where_it_takes_none(tmp_path: Path, attributes: str, value: object) -> None:
    (tmp_path / "main.tf").write_text(f'variable "size" {{\n  type = number\n  {attributes}\n}}\n')
    assert Module(tmp_path, {"size": None}).variable("size") == value


@pytest.mark.parametrize(
    "expression", ['try(max("1", 2), "other")', 'can(floor("1.5"))', 'try(format("%d", "5"), "other")']
)
def test_a_conversion_that_terraform_makes_and_this_does_not_is_not_hidden(tmp_path: Path, expression: str) -> None:
    (tmp_path / "main.tf").write_text(f"locals {{\n  one = {expression}\n}}\n")
    with pytest.raises(NotSupportedError, match=r"main\.tf:2: \w+\(\): TypeError: "):
        Module(tmp_path).local("one")


def test_attributes_that_get_their_value_from_the_type_are_refused_even_where_try_would_hide_it(tmp_path: Path) -> None:
    declared = 'variable "one" {\n  type    = object({ a = optional(string, "d") })\n  default = {}\n}\n'
    (tmp_path / "main.tf").write_text(declared + 'output "a" {\n  value = try(var.one.a, "other")\n}\n')
    with pytest.raises(NotSupportedError, match=r"main\.tf:2: optional attributes are not supported here"):
        Module(tmp_path).output("a")


def test_a_given_variable_comes_before_its_default(module):
    assert len(Module(module.folder, {"size": 5}).values("aws_sns_topic.some")) == 5


def test_arns_are_of_the_account_and_region_where_it_is_applied(module):
    elsewhere = Module(module.folder, account=Account("999999999999", "eu-west-1"))
    assert elsewhere.output("all")[1] == "arn:aws:glue:eu-west-1:999999999999:job/one"


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("string", "5", "5"),
        ("string", '"quoted"', '"quoted"'),
        ("number", "5", 5),
        ("bool", "true", True),
        ("list(string)", '["a"]', ["a"]),
        ("set(string)", '["b", "a", "b"]', ["a", "b"]),
        ("map(number)", "{ a = 1 }", {"a": 1}),
    ],
)
def test_a_text_stands_for_a_value_of_the_variable_s_type(tmp_path, kind, text, value):
    (tmp_path / "main.tf").write_text(f'variable "it" {{\n  type = {kind}\n}}\n')
    given = Module(tmp_path).variable_from_text("it", text)
    assert Module(tmp_path, {"it": given}).variable("it") == value


def test_a_text_that_is_no_value_is_refused(module):
    with pytest.raises(TerraformError, match=r"^var\.size can't be \["):
        module.variable_from_text("size", "[")
    with pytest.raises(TerraformError, match=r"^var\.missing is not declared"):
        module.variable_from_text("missing", "1")


def test_what_only_aws_knows_is_unknown_and_not_guessed(tmp_path):
    (tmp_path / "main.tf").write_text('resource "aws_vpc" "this" {\n}\noutput "it" {\n  value = aws_vpc.this.id\n}\n')
    value = Module(tmp_path, has_placeholders=True).output("it")
    assert value == "<aws_vpc.this.id>"
    assert isinstance(value, Unknown)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("local.missing", "local.missing is not declared"),
        ("var.missing", "var.missing is not declared"),
        ("aws_vpc.missing.id", "resource aws_vpc.missing is not declared"),
        ("bcrypt(1)", "main.tf:2: function bcrypt is not supported here"),
        ("{ a = 1 }.b", "no 'b'"),
        ('"x${[1]}"', "can't be part of a string"),
        ('"%{ if true }x%{ endif }"', "not supported here"),
    ],
)
def test_what_has_no_value_is_refused(tmp_path, expression, message):
    (tmp_path / "main.tf").write_text(f"locals {{\n  it = {expression}\n}}\n")
    with pytest.raises(TerraformError, match=message):
        Module(tmp_path).local("it")
