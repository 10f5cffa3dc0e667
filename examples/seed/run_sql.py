"""Runs a file of one statement on the SQL warehouse, and prints its rows: python run_sql.py 04_tickets.sql"""

import sys

from workspace import sql

if len(sys.argv) != 2:
    sys.exit("Give one file: python run_sql.py 04_tickets.sql")
with open(sys.argv[1], encoding="utf-8") as file:
    columns, rows = sql(file.read().strip().rstrip(";"))
print(" | ".join(columns))
for row in rows:
    print(" | ".join("NULL" if cell is None else cell for cell in row))
