"""What SageMaker publishes of endpoints and of inference components."""

from sagemaker_constructs.observability.measurement import Measured

_INSTANCES = "/aws/sagemaker/Endpoints"
_COPIES = "/aws/sagemaker/InferenceComponents"

INVOCATIONS = Measured("Invocations", "Sum")
INVOCATIONS_PER_INSTANCE = Measured("InvocationsPerInstance", "Sum")
CLIENT_ERRORS = Measured("Invocation4XXErrors", "Sum")
SERVER_ERRORS = Measured("Invocation5XXErrors", "Sum")
MODEL_ERRORS = Measured("InvocationModelErrors", "Sum")
MODEL_LATENCY = Measured("ModelLatency", "p99")
OVERHEAD_LATENCY = Measured("OverheadLatency", "p99")
CPU = Measured("CPUUtilization", "Average", _INSTANCES)
GPU = Measured("GPUUtilization", "Average", _INSTANCES)
DISK = Measured("DiskUtilization", "Average", _INSTANCES)
MEMORY = Measured("MemoryUtilization", "Average", _INSTANCES)

# Of instances that host inference components, in percent of all cores and of the instance.
SHARED_CPU = Measured("CPUUtilizationNormalized", "Average", _INSTANCES)
RESERVED_CPU = Measured("CPUReservation", "Average", _INSTANCES)
RESERVED_MEMORY = Measured("MemoryReservation", "Average", _INSTANCES)

BACKLOG = Measured("ApproximateBacklogSize", "Maximum")
BACKLOG_PER_INSTANCE = Measured("ApproximateBacklogSizePerInstance", "Average")
BACKLOG_WITHOUT_CAPACITY = Measured("HasBacklogWithoutCapacity", "Maximum")
OLDEST_REQUEST = Measured("ApproximateAgeOfOldestRequest", "Maximum")
FAILURES = Measured("InvocationFailures", "Sum")
PROCESSED = Measured("InvocationsProcessed", "Sum")
EXPIRED = Measured("ExpiredRequests", "Sum")
TIME_IN_BACKLOG = Measured("TimeInBacklog", "p99")
PROCESSING_TIME = Measured("TotalProcessingTime", "p99")

SETUP_TIME = Measured("ModelSetupTime", "p99")
PROVISIONED_UTILIZATION = Measured("ServerlessProvisionedConcurrencyUtilization", "Maximum")

NO_CAPACITY = Measured("NoCapacityInvocationFailures", "Sum")
COPY_CPU = Measured("CPUUtilizationNormalized", "Average", _COPIES)
COPY_MEMORY = Measured("MemoryUtilizationNormalized", "Average", _COPIES)
