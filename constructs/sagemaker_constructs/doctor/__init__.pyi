"""What stands between a synthesized app and its first deployment into an account."""

from .account import Account as Account
from .check import CheckResult as CheckResult
from .check import CheckState as CheckState
from .examination import examine as examine
