"""Prints "passed failed skipped" of a JUnit report, and the names of what failed: python junit_counts.py REPORT.xml

Every test case counts once; ctest's cases that could not be run count as failed. A name's line ends with the first lines
of what the failure says.
"""

import sys
import xml.etree.ElementTree as ElementTree


def failure(case: ElementTree.Element) -> str:
    told = next((child for child in case if child.tag in {"failure", "error"}), None)
    text = "" if told is None else (told.get("message") or told.text or "")
    where = case.get("classname") or case.get("file") or ""
    first = [line.strip() for line in text.splitlines() if line.strip()][:3]
    return f"{where}: {case.get('name')}: {' | '.join(first)[:400]}"


def main() -> None:
    passed = skipped = 0
    failures = []
    for case in ElementTree.parse(sys.argv[1]).iter("testcase"):
        children = {child.tag for child in case}
        if children & {"failure", "error"} or case.get("status") in {"fail", "notrun_missing"}:
            failures.append(failure(case))
        elif "skipped" in children:
            # ctest says "skipped" of a test whose program is missing, too.
            message = case.find("skipped").get("message", "")
            if "SKIP_RETURN_CODE" in message or "SKIP_REGULAR_EXPRESSION" in message or case.get("status") is None:
                skipped += 1
            else:
                failures.append(failure(case))
        else:
            passed += 1
    print(f"{passed} {len(failures)} {skipped}", *failures, sep="\n")


main()
