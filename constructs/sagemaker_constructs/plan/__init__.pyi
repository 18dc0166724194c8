"""What a deployment will do: what is replaced, which data is at risk, what rolls, widens, is refused and costs."""

from .change_report import ChangeReport as ChangeReport
from .change_report import report_changes as report_changes
from .changes import ChangeAction as ChangeAction
from .changes import PropertyChange as PropertyChange
from .changes import ResourceChange as ResourceChange
from .comparison import compare as compare
from .data_risks import DataRisk as DataRisk
from .interruptions import Interruption as Interruption
from .permissions import WidenedAccess as WidenedAccess
from .refused_updates import RefusedUpdate as RefusedUpdate
