"""Places of conditions in their table, for tests that speak of one."""

from abm.conditions import DISEASES

HEART = DISEASES.index("coronary_heart_disease")
STROKE = DISEASES.index("stroke")
COLON = DISEASES.index("colon_cancer")
BREAST = DISEASES.index("breast_cancer")
