"""Reading and writing tables: CSV of any kind, XLSX, and what their cells mean.

Knows nothing of records: an import asks here "what is in this file", an export asks
"write these rows so that no spreadsheet runs them".
"""

from crm.lib.tabular.dates import DateOrder, DateStyle, parse_date, parse_moment, parse_month
from crm.lib.tabular.numbers import NumberStyle, parse_number
from crm.lib.tabular.reading import Table, TableError, open_table
from crm.lib.tabular.shapes import Shape, detect_shape
from crm.lib.tabular.survey import ColumnSurvey, TableSurvey, survey_table
from crm.lib.tabular.writing import csv_chunks, safe_text, write_csv, write_xlsx

__all__ = [
    "ColumnSurvey",
    "DateOrder",
    "DateStyle",
    "NumberStyle",
    "Shape",
    "Table",
    "TableError",
    "TableSurvey",
    "csv_chunks",
    "detect_shape",
    "open_table",
    "parse_date",
    "parse_moment",
    "parse_month",
    "parse_number",
    "safe_text",
    "survey_table",
    "write_csv",
    "write_xlsx",
]
