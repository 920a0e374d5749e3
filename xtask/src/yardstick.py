"""Converts every questionnaire of a folder with pyxform, as the rest of the world does.

arguments: the folder of workbooks, the folder to write. Beside each workbook's copy stands its `.xform.xml`, and
`pyxform.jsonl` says how each went. A refusal or a warning ends this with an error.
"""

import json
import pathlib
import shutil
import sys

from pyxform.xls2xform import convert

source, target = (pathlib.Path(argument) for argument in sys.argv[1:])
shutil.rmtree(target, ignore_errors=True)
target.mkdir(parents=True)
wrong = []
with open(target / "pyxform.jsonl", "w", encoding="utf-8") as log:
    for workbook in sorted(source.glob("*.xlsx")):
        result = convert(workbook, validate=False, pretty_print=True, warnings=[])
        (target / f"{workbook.name}.xform.xml").write_text(result.xform, encoding="utf-8")
        shutil.copy(workbook, target)
        log.write(json.dumps({"file": workbook.name, "outcome": "converted"}) + "\n")
        wrong += [f"{workbook.name}: {warning}" for warning in result.warnings]
print(f"{len(list(target.glob('*.xml')))} questionnaires converted by pyxform, {len(wrong)} warnings")
if wrong:
    sys.exit("\n".join(wrong))
