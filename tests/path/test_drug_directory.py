"""The FDA's directory of drugs becomes the list that rules of psychotropic drugs read."""

import json

import pytest

from monitor.ndc_directory import classed, nine_digits

HEAD = "PRODUCTID\tPRODUCTNDC\tPRODUCTTYPENAME\tPROPRIETARYNAME\tROUTENAME\tSUBSTANCENAME\n"
RX = "HUMAN PRESCRIPTION DRUG"


def product(code, substance, route="ORAL", kind=RX):
    return f"{code}_x\t{code}\t{kind}\tBrand\t{route}\t{substance}\n"


TEXT = HEAD + "".join(
    [
        product("0002-3230", "OLANZAPINE; FLUOXETINE HYDROCHLORIDE"),
        product("0310-0275", "QUETIAPINE FUMARATE"),
        product("59762-4900", "SERTRALINE HYDROCHLORIDE"),
        product("59762-490", "SERTRALINE HYDROCHLORIDE"),
        product("11111-0001", "DEXTROAMPHETAMINE SACCHARATE; AMPHETAMINE ASPARTATE"),
        product("11111-0002", "DOXEPIN HYDROCHLORIDE", "TOPICAL"),
        product("11111-0003", "SELEGILINE", "TRANSDERMAL"),
        product("11111-0004", "SELEGILINE HYDROCHLORIDE"),
        product("11111-0005", "NALTREXONE HYDROCHLORIDE; BUPROPION HYDROCHLORIDE"),
        product("11111-0006", "BUPROPION HYDROCHLORIDE; DEXTROMETHORPHAN HYDROBROMIDE"),
        product("11111-0007", "LORAZEPAM", "INTRAMUSCULAR; INTRAVENOUS"),
        product("11111-0008", "HALOPERIDOL DECANOATE", "INTRAMUSCULAR"),
        product("11111-0009", ""),
        product("11111-0010", "SERTRALINE HYDROCHLORIDE", kind="HUMAN OTC DRUG"),
        product("11111-0011", "METFORMIN HYDROCHLORIDE"),
        product("11111-0011", "SERTRALINE HYDROCHLORIDE"),
    ]
)
CODES = {
    "antidepressant bupropion": ["111110006"],
    "antidepressant fluoxetine + antipsychotic olanzapine": ["000023230"],
    "antidepressant selegiline": ["111110003"],
    "antidepressant sertraline": ["111110011", "597620490", "597624900"],
    "antipsychotic haloperidol": ["111110008"],
    "antipsychotic quetiapine": ["003100275"],
    "attention amphetamine": ["111110001"],
    "other": ["111110002", "111110004", "111110005", "111110007", "111110009"],
}


def test_products_by_class_and_drug():
    assert classed(TEXT) == CODES


@pytest.mark.parametrize(
    ("code", "nine"),
    [
        ("0002-3230", "000023230"),
        ("50458-0563", "504580563"),
        ("50458-563", "504580563"),
        ("002-3230", ""),
        ("0002-323", ""),
        ("50458-56", ""),
        ("504580563", ""),
    ],
)
def test_labeler_and_product_in_nine_digits(code, nine):
    assert nine_digits(code) == nine


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CARVEIN_VALUES", str(tmp_path / "values"))
    return tmp_path / "values"


def test_the_file_of_the_fda_is_taken_and_a_later_list_of_ours_may_add_drugs(
    carvein, tmp_path, folder
):
    (tmp_path / "product.txt").write_text(TEXT)
    ran = carvein("values", "update", "product.txt")
    assert (ran.code, ran.err) == (0, "")
    assert "The file does not say from which day it is meant; today stands in." in ran.out
    assert json.loads((folder / "drug_classes.json").read_text())["codes"] == CODES
    (tmp_path / "own.yaml").write_text(
        "name: drug_classes\ntitle: Ours\nversion: '1'\neffective: 2026-01-01\nsource: us\n"
        "codes:\n  antipsychotic brand_new: ['123450001']\n  other: ['123450002']\n"
    )
    assert carvein("values", "update", "own.yaml").code == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            HEAD.replace("\tSUBSTANCENAME", "") + product("1-1", "X"),
            "line 1: no column SUBSTANCENAME",
        ),
        (HEAD + "0002-3230_x\t0002-3230\n", "line 2: 2 fields, wanted 6"),
        (
            HEAD + product("0310-0275", "X") + product("00023230", "X"),
            "line 3: found '00023230', wanted a labeler of 4 or 5 and a product of 3 or 4 digits",
        ),
        (HEAD, "codes is no mapping of groups to lists"),
    ],
)
def test_a_damaged_directory_is_one_line(carvein, tmp_path, folder, text, message):
    (tmp_path / "product.txt").write_text(text)
    ran = carvein("values", "update", "product.txt")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"carvein: product.txt: {message}\n"
    assert not folder.exists()
