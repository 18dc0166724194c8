"""Where training is tracked: SageMaker's MLflow, as an app or as a server."""

from .imported_tracking import ImportedTracking as ImportedTracking
from .mlflow_app import MlflowApp as MlflowApp
from .mlflow_tracking import MlflowTracking as MlflowTracking
from .mlflow_tracking_server import MlflowTrackingServer as MlflowTrackingServer
