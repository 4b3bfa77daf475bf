"""Names of columns in other letters: taken and told, unless the column is there as it should be."""

import io

import polars as pl

HEAD = "Office_ID,STREET,City,state,Zip,Latitude,longitude"
ROW = "O1,1 Main St,Nashville,TN,37201,36.16,-86.78"


def test_upper_and_title_case_are_taken_and_told_where_they_stand(take):
    taken = take({"plan_offices.csv": f"{HEAD}\n{ROW}\n"})
    code = "plan_offices.file.header_case"
    assert taken.faults() == [
        (code, 1, "office_id", "Office_ID"),
        (code, 1, "street", "STREET"),
        (code, 1, "city", "City"),
        (code, 1, "zip", "Zip"),
        (code, 1, "latitude", "Latitude"),
    ]
    assert taken.count("plan_offices") == (1, 1, 0)
    row = taken.staged("plan_offices").row(0, named=True)
    assert (row["office_id"], row["zip"], row["latitude"]) == ("O1", "37201", 36.16)


def test_blanks_and_hyphens_stand_for_underscores(take):
    head = "OFFICE ID,street,city,state,zip,latitude,longitude"
    taken = take({"plan_offices.csv": f"{head}\n{ROW}\n"})
    assert taken.faults() == [("plan_offices.file.header_case", 1, "office_id", "OFFICE ID")]


def test_a_column_under_its_own_name_comes_first(take):
    taken = take({"plan_offices.csv": f"Street,{HEAD.lower()}\nelsewhere,{ROW}\n"})
    assert taken.faults() == [("plan_offices.file.unknown_column", 1, "Street", "Street")]
    assert taken.staged("plan_offices")["street"].to_list() == ["1 Main St"]


def test_of_two_names_in_other_letters_the_first_counts(take):
    taken = take(
        {"plan_offices.csv": f"{HEAD.lower().replace('street', 'Street')},STREET\n{ROW},x\n"}
    )
    assert taken.faults() == [
        ("plan_offices.file.unknown_column", 1, "STREET", "STREET"),
        ("plan_offices.file.header_case", 1, "street", "Street"),
    ]
    assert taken.staged("plan_offices")["street"].to_list() == ["1 Main St"]


def test_a_name_that_is_off_by_more_is_not_taken(take):
    taken = take({"plan_offices.csv": f"{HEAD.lower().replace('zip', 'zip_code')}\n{ROW}\n"})
    assert taken.codes() == {
        "plan_offices.file.unknown_column": 1,
        "plan_offices.zip.missing": 1,
    }


def test_parquet_is_taken_alike(take):
    frame = pl.DataFrame(
        dict(zip(HEAD.split(","), ([text] for text in ROW.split(",")), strict=True))
    )
    stream = io.BytesIO()
    frame.write_parquet(stream)
    taken = take({"plan_offices.parquet": stream.getvalue()})
    assert taken.codes() == {"plan_offices.file.header_case": 5}
    assert taken.count("plan_offices") == (1, 1, 0)
