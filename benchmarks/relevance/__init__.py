"""How well searchlib ranks, beside other libraries, on collections with judged queries."""
