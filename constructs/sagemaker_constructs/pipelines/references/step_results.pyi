"""Written by `make schema` from botocore's model: the members of each result, completed and checked by editors.

At run time each of these is a `StepResult`.
"""

from collections.abc import Mapping
from typing import Any, Generic, Literal, TypeVar, overload

from sagemaker_constructs.pipelines.references.expression import Expression
from sagemaker_constructs.pipelines.references.step_result import StepResult

Entry = TypeVar("Entry", bound=Expression)
OutputType = Literal["String", "Integer", "Float", "Boolean"]

class ResultEntries(Expression, Generic[Entry]):
    def __getitem__(self, key: str | int) -> Entry: ...

class TrainingResult(Expression):
    AlgorithmSpecification: AlgorithmSpecificationOf
    AutoMLJobArn: Expression
    BillableTimeInSeconds: Expression
    BillableTokenCount: Expression
    CheckpointConfig: CheckpointConfigOf
    CreationTime: Expression
    DebugHookConfig: DebugHookConfigOf
    DebugRuleConfigurations: ResultEntries[DebugRuleConfigurationOf]
    DebugRuleEvaluationStatuses: ResultEntries[DebugRuleEvaluationStatusOf]
    EnableInterContainerTrafficEncryption: Expression
    EnableManagedSpotTraining: Expression
    EnableNetworkIsolation: Expression
    Environment: ResultEntries[Expression]
    ExperimentConfig: ExperimentConfigOf
    FailureReason: Expression
    FinalMetricDataList: ResultEntries[MetricDataOf]
    HyperParameters: ResultEntries[Expression]
    InfraCheckConfig: InfraCheckConfigOf
    InputDataConfig: ResultEntries[ChannelOf]
    LabelingJobArn: Expression
    LastModifiedTime: Expression
    MlflowConfig: MlflowConfigOf
    MlflowDetails: MlflowDetailsOf
    ModelArtifacts: ModelArtifactsOf
    ModelPackageConfig: ModelPackageConfigOf
    OutputDataConfig: OutputDataConfigOf
    OutputModelPackageArn: Expression
    ProfilerConfig: ProfilerConfigOf
    ProfilerRuleConfigurations: ResultEntries[ProfilerRuleConfigurationOf]
    ProfilerRuleEvaluationStatuses: ResultEntries[ProfilerRuleEvaluationStatusOf]
    ProfilingStatus: Expression
    ProgressInfo: TrainingProgressInfoOf
    RemoteDebugConfig: RemoteDebugConfigOf
    ResourceConfig: ResourceConfigOf
    RetryStrategy: RetryStrategyOf
    RoleArn: Expression
    SecondaryStatus: Expression
    SecondaryStatusTransitions: ResultEntries[SecondaryStatusTransitionOf]
    ServerlessJobConfig: ServerlessJobConfigOf
    StoppingCondition: StoppingConditionOf
    TensorBoardOutputConfig: TensorBoardOutputConfigOf
    TrainingEndTime: Expression
    TrainingJobArn: Expression
    TrainingJobName: Expression
    TrainingJobStatus: Expression
    TrainingStartTime: Expression
    TrainingTimeInSeconds: Expression
    TuningJobArn: Expression
    VpcConfig: VpcConfigOf
    WarmPoolStatus: WarmPoolStatusOf

class AlgorithmSpecificationOf(Expression):
    AlgorithmName: Expression
    ContainerArguments: ResultEntries[Expression]
    ContainerEntrypoint: ResultEntries[Expression]
    EnableSageMakerMetricsTimeSeries: Expression
    MetricDefinitions: ResultEntries[MetricDefinitionOf]
    TrainingImage: Expression
    TrainingImageConfig: TrainingImageConfigOf
    TrainingInputMode: Expression

class MetricDefinitionOf(Expression):
    Name: Expression
    Regex: Expression

class TrainingImageConfigOf(Expression):
    TrainingRepositoryAccessMode: Expression
    TrainingRepositoryAuthConfig: TrainingRepositoryAuthConfigOf

class TrainingRepositoryAuthConfigOf(Expression):
    TrainingRepositoryCredentialsProviderArn: Expression

class CheckpointConfigOf(Expression):
    LocalPath: Expression
    S3Uri: Expression

class DebugHookConfigOf(Expression):
    CollectionConfigurations: ResultEntries[CollectionConfigurationOf]
    HookParameters: ResultEntries[Expression]
    LocalPath: Expression
    S3OutputPath: Expression

class CollectionConfigurationOf(Expression):
    CollectionName: Expression
    CollectionParameters: ResultEntries[Expression]

class DebugRuleConfigurationOf(Expression):
    InstanceType: Expression
    LocalPath: Expression
    RuleConfigurationName: Expression
    RuleEvaluatorImage: Expression
    RuleParameters: ResultEntries[Expression]
    S3OutputPath: Expression
    VolumeSizeInGB: Expression

class DebugRuleEvaluationStatusOf(Expression):
    LastModifiedTime: Expression
    RuleConfigurationName: Expression
    RuleEvaluationJobArn: Expression
    RuleEvaluationStatus: Expression
    StatusDetails: Expression

class ExperimentConfigOf(Expression):
    ExperimentName: Expression
    RunName: Expression
    TrialComponentDisplayName: Expression
    TrialName: Expression

class MetricDataOf(Expression):
    MetricName: Expression
    Timestamp: Expression
    Value: Expression

class InfraCheckConfigOf(Expression):
    EnableInfraCheck: Expression

class ChannelOf(Expression):
    ChannelName: Expression
    CompressionType: Expression
    ContentType: Expression
    DataSource: DataSourceOf
    InputMode: Expression
    RecordWrapperType: Expression
    ShuffleConfig: ShuffleConfigOf

class DataSourceOf(Expression):
    DatasetSource: DatasetSourceOf
    FileSystemDataSource: FileSystemDataSourceOf
    S3DataSource: S3DataSourceOf

class DatasetSourceOf(Expression):
    DatasetArn: Expression

class FileSystemDataSourceOf(Expression):
    DirectoryPath: Expression
    FileSystemAccessMode: Expression
    FileSystemId: Expression
    FileSystemType: Expression

class S3DataSourceOf(Expression):
    AttributeNames: ResultEntries[Expression]
    HubAccessConfig: HubAccessConfigOf
    InstanceGroupNames: ResultEntries[Expression]
    ModelAccessConfig: ModelAccessConfigOf
    S3DataDistributionType: Expression
    S3DataType: Expression
    S3Uri: Expression

class HubAccessConfigOf(Expression):
    HubContentArn: Expression

class ModelAccessConfigOf(Expression):
    AcceptEula: Expression

class ShuffleConfigOf(Expression):
    Seed: Expression

class MlflowConfigOf(Expression):
    MlflowExperimentName: Expression
    MlflowResourceArn: Expression
    MlflowRunName: Expression

class MlflowDetailsOf(Expression):
    MlflowExperimentId: Expression
    MlflowRunId: Expression

class ModelArtifactsOf(Expression):
    S3ModelArtifacts: Expression

class ModelPackageConfigOf(Expression):
    ModelPackageGroupArn: Expression
    SourceModelPackageArn: Expression

class OutputDataConfigOf(Expression):
    CompressionType: Expression
    KmsKeyId: Expression
    S3OutputPath: Expression

class ProfilerConfigOf(Expression):
    DisableProfiler: Expression
    ProfilingIntervalInMilliseconds: Expression
    ProfilingParameters: ResultEntries[Expression]
    S3OutputPath: Expression

class ProfilerRuleConfigurationOf(Expression):
    InstanceType: Expression
    LocalPath: Expression
    RuleConfigurationName: Expression
    RuleEvaluatorImage: Expression
    RuleParameters: ResultEntries[Expression]
    S3OutputPath: Expression
    VolumeSizeInGB: Expression

class ProfilerRuleEvaluationStatusOf(Expression):
    LastModifiedTime: Expression
    RuleConfigurationName: Expression
    RuleEvaluationJobArn: Expression
    RuleEvaluationStatus: Expression
    StatusDetails: Expression

class TrainingProgressInfoOf(Expression):
    CurrentEpoch: Expression
    CurrentStep: Expression
    MaxEpoch: Expression
    TotalStepCountPerEpoch: Expression

class RemoteDebugConfigOf(Expression):
    EnableRemoteDebug: Expression

class ResourceConfigOf(Expression):
    InstanceCount: Expression
    InstanceGroups: ResultEntries[InstanceGroupOf]
    InstancePlacementConfig: InstancePlacementConfigOf
    InstancePreferences: ResultEntries[InstancePreferenceOf]
    InstanceType: Expression
    KeepAlivePeriodInSeconds: Expression
    SelectedInstanceCount: Expression
    SelectedInstanceType: Expression
    TrainingPlanArn: Expression
    VolumeKmsKeyId: Expression
    VolumeSizeInGB: Expression

class InstanceGroupOf(Expression):
    InstanceCount: Expression
    InstanceGroupName: Expression
    InstanceType: Expression

class InstancePlacementConfigOf(Expression):
    EnableMultipleJobs: Expression
    PlacementSpecifications: ResultEntries[PlacementSpecificationOf]

class PlacementSpecificationOf(Expression):
    InstanceCount: Expression
    UltraServerId: Expression

class InstancePreferenceOf(Expression):
    InstanceCount: Expression
    InstanceType: Expression
    TrainingPlanArns: ResultEntries[Expression]

class RetryStrategyOf(Expression):
    MaximumRetryAttempts: Expression

class SecondaryStatusTransitionOf(Expression):
    EndTime: Expression
    StartTime: Expression
    Status: Expression
    StatusMessage: Expression

class ServerlessJobConfigOf(Expression):
    AcceptEula: Expression
    BaseModelArn: Expression
    CustomizationTechnique: Expression
    EvaluationType: Expression
    EvaluatorArn: Expression
    JobType: Expression
    Peft: Expression
    SequenceLength: Expression

class StoppingConditionOf(Expression):
    MaxPendingTimeInSeconds: Expression
    MaxRuntimeInSeconds: Expression
    MaxWaitTimeInSeconds: Expression

class TensorBoardOutputConfigOf(Expression):
    LocalPath: Expression
    S3OutputPath: Expression

class VpcConfigOf(Expression):
    SecurityGroupIds: ResultEntries[Expression]
    Subnets: ResultEntries[Expression]

class WarmPoolStatusOf(Expression):
    ResourceRetainedBillableTimeInSeconds: Expression
    ReusedByJob: Expression
    Status: Expression

class ProcessingResult(Expression):
    AppSpecification: AppSpecificationOf
    AutoMLJobArn: Expression
    CreationTime: Expression
    Environment: ResultEntries[Expression]
    ExitMessage: Expression
    ExperimentConfig: ExperimentConfigOf
    FailureReason: Expression
    LastModifiedTime: Expression
    MonitoringScheduleArn: Expression
    NetworkConfig: NetworkConfigOf
    ProcessingEndTime: Expression
    ProcessingInputs: ResultEntries[ProcessingInputOf]
    ProcessingJobArn: Expression
    ProcessingJobName: Expression
    ProcessingJobStatus: Expression
    ProcessingOutputConfig: ProcessingOutputConfigOf
    ProcessingResources: ProcessingResourcesOf
    ProcessingStartTime: Expression
    RoleArn: Expression
    StoppingCondition: ProcessingStoppingConditionOf
    TrainingJobArn: Expression

class AppSpecificationOf(Expression):
    ContainerArguments: ResultEntries[Expression]
    ContainerEntrypoint: ResultEntries[Expression]
    ImageUri: Expression

class NetworkConfigOf(Expression):
    EnableInterContainerTrafficEncryption: Expression
    EnableNetworkIsolation: Expression
    VpcConfig: VpcConfigOf

class ProcessingInputOf(Expression):
    AppManaged: Expression
    DatasetDefinition: DatasetDefinitionOf
    InputName: Expression
    S3Input: ProcessingS3InputOf

class DatasetDefinitionOf(Expression):
    AthenaDatasetDefinition: AthenaDatasetDefinitionOf
    DataDistributionType: Expression
    InputMode: Expression
    LocalPath: Expression
    RedshiftDatasetDefinition: RedshiftDatasetDefinitionOf

class AthenaDatasetDefinitionOf(Expression):
    Catalog: Expression
    Database: Expression
    KmsKeyId: Expression
    OutputCompression: Expression
    OutputFormat: Expression
    OutputS3Uri: Expression
    QueryString: Expression
    WorkGroup: Expression

class RedshiftDatasetDefinitionOf(Expression):
    ClusterId: Expression
    ClusterRoleArn: Expression
    Database: Expression
    DbUser: Expression
    KmsKeyId: Expression
    OutputCompression: Expression
    OutputFormat: Expression
    OutputS3Uri: Expression
    QueryString: Expression

class ProcessingS3InputOf(Expression):
    LocalPath: Expression
    S3CompressionType: Expression
    S3DataDistributionType: Expression
    S3DataType: Expression
    S3InputMode: Expression
    S3Uri: Expression

class ProcessingOutputConfigOf(Expression):
    KmsKeyId: Expression
    Outputs: ResultEntries[ProcessingOutputOf]

class ProcessingOutputOf(Expression):
    AppManaged: Expression
    FeatureStoreOutput: ProcessingFeatureStoreOutputOf
    OutputName: Expression
    S3Output: ProcessingS3OutputOf

class ProcessingFeatureStoreOutputOf(Expression):
    FeatureGroupName: Expression

class ProcessingS3OutputOf(Expression):
    LocalPath: Expression
    S3UploadMode: Expression
    S3Uri: Expression

class ProcessingResourcesOf(Expression):
    ClusterConfig: ProcessingClusterConfigOf

class ProcessingClusterConfigOf(Expression):
    InstanceCount: Expression
    InstancePreferences: ResultEntries[ProcessingInstancePreferenceOf]
    InstanceType: Expression
    SelectedInstanceCount: Expression
    SelectedInstanceType: Expression
    VolumeKmsKeyId: Expression
    VolumeSizeInGB: Expression

class ProcessingInstancePreferenceOf(Expression):
    InstanceCount: Expression
    InstanceType: Expression

class ProcessingStoppingConditionOf(Expression):
    MaxRuntimeInSeconds: Expression

class TransformResult(Expression):
    AutoMLJobArn: Expression
    BatchStrategy: Expression
    CreationTime: Expression
    DataCaptureConfig: BatchDataCaptureConfigOf
    DataProcessing: DataProcessingOf
    Environment: ResultEntries[Expression]
    ExperimentConfig: ExperimentConfigOf
    FailureReason: Expression
    LabelingJobArn: Expression
    MaxConcurrentTransforms: Expression
    MaxPayloadInMB: Expression
    ModelClientConfig: ModelClientConfigOf
    ModelName: Expression
    TransformEndTime: Expression
    TransformInput: TransformInputOf
    TransformJobArn: Expression
    TransformJobName: Expression
    TransformJobStatus: Expression
    TransformOutput: TransformOutputOf
    TransformResources: TransformResourcesOf
    TransformStartTime: Expression

class BatchDataCaptureConfigOf(Expression):
    DestinationS3Uri: Expression
    GenerateInferenceId: Expression
    KmsKeyId: Expression

class DataProcessingOf(Expression):
    InputFilter: Expression
    JoinSource: Expression
    OutputFilter: Expression

class ModelClientConfigOf(Expression):
    InvocationsMaxRetries: Expression
    InvocationsTimeoutInSeconds: Expression

class TransformInputOf(Expression):
    CompressionType: Expression
    ContentType: Expression
    DataSource: TransformDataSourceOf
    SplitType: Expression

class TransformDataSourceOf(Expression):
    S3DataSource: TransformS3DataSourceOf

class TransformS3DataSourceOf(Expression):
    S3DataType: Expression
    S3Uri: Expression

class TransformOutputOf(Expression):
    Accept: Expression
    AssembleWith: Expression
    KmsKeyId: Expression
    S3OutputPath: Expression

class TransformResourcesOf(Expression):
    InstanceCount: Expression
    InstanceType: Expression
    TransformAmiVersion: Expression
    VolumeKmsKeyId: Expression

class TuningResult(Expression):
    Autotune: AutotuneOf
    BestTrainingJob: HyperParameterTrainingJobSummaryOf
    ConsumedResources: HyperParameterTuningJobConsumedResourcesOf
    CreationTime: Expression
    FailureReason: Expression
    HyperParameterTuningEndTime: Expression
    HyperParameterTuningJobArn: Expression
    HyperParameterTuningJobConfig: HyperParameterTuningJobConfigOf
    HyperParameterTuningJobName: Expression
    HyperParameterTuningJobStatus: Expression
    LastModifiedTime: Expression
    NextToken: Expression
    ObjectiveStatusCounters: ObjectiveStatusCountersOf
    OverallBestTrainingJob: HyperParameterTrainingJobSummaryOf
    TrainingJobDefinition: HyperParameterTrainingJobDefinitionOf
    TrainingJobDefinitions: ResultEntries[HyperParameterTrainingJobDefinitionOf]
    TrainingJobStatusCounters: TrainingJobStatusCountersOf
    TrainingJobSummaries: ResultEntries[HyperParameterTrainingJobSummaryOf]
    TuningJobCompletionDetails: HyperParameterTuningJobCompletionDetailsOf
    WarmStartConfig: HyperParameterTuningJobWarmStartConfigOf

class AutotuneOf(Expression):
    Mode: Expression

class HyperParameterTrainingJobSummaryOf(Expression):
    CreationTime: Expression
    FailureReason: Expression
    FinalHyperParameterTuningJobObjectiveMetric: FinalHyperParameterTuningJobObjectiveMetricOf
    ObjectiveStatus: Expression
    TrainingEndTime: Expression
    TrainingJobArn: Expression
    TrainingJobDefinitionName: Expression
    TrainingJobName: Expression
    TrainingJobStatus: Expression
    TrainingStartTime: Expression
    TunedHyperParameters: ResultEntries[Expression]
    TuningJobName: Expression

class FinalHyperParameterTuningJobObjectiveMetricOf(Expression):
    MetricName: Expression
    Type: Expression
    Value: Expression

class HyperParameterTuningJobConsumedResourcesOf(Expression):
    RuntimeInSeconds: Expression

class HyperParameterTuningJobConfigOf(Expression):
    HyperParameterTuningJobObjective: HyperParameterTuningJobObjectiveOf
    ParameterRanges: ParameterRangesOf
    RandomSeed: Expression
    ResourceLimits: ResourceLimitsOf
    Strategy: Expression
    StrategyConfig: HyperParameterTuningJobStrategyConfigOf
    TrainingJobEarlyStoppingType: Expression
    TuningJobCompletionCriteria: TuningJobCompletionCriteriaOf

class HyperParameterTuningJobObjectiveOf(Expression):
    MetricName: Expression
    Type: Expression

class ParameterRangesOf(Expression):
    AutoParameters: ResultEntries[AutoParameterOf]
    CategoricalParameterRanges: ResultEntries[CategoricalParameterRangeOf]
    ContinuousParameterRanges: ResultEntries[ContinuousParameterRangeOf]
    IntegerParameterRanges: ResultEntries[IntegerParameterRangeOf]

class AutoParameterOf(Expression):
    Name: Expression
    ValueHint: Expression

class CategoricalParameterRangeOf(Expression):
    Name: Expression
    Values: ResultEntries[Expression]

class ContinuousParameterRangeOf(Expression):
    MaxValue: Expression
    MinValue: Expression
    Name: Expression
    ScalingType: Expression

class IntegerParameterRangeOf(Expression):
    MaxValue: Expression
    MinValue: Expression
    Name: Expression
    ScalingType: Expression

class ResourceLimitsOf(Expression):
    MaxNumberOfTrainingJobs: Expression
    MaxParallelTrainingJobs: Expression
    MaxRuntimeInSeconds: Expression

class HyperParameterTuningJobStrategyConfigOf(Expression):
    HyperbandStrategyConfig: HyperbandStrategyConfigOf

class HyperbandStrategyConfigOf(Expression):
    MaxResource: Expression
    MinResource: Expression

class TuningJobCompletionCriteriaOf(Expression):
    BestObjectiveNotImproving: BestObjectiveNotImprovingOf
    ConvergenceDetected: ConvergenceDetectedOf
    TargetObjectiveMetricValue: Expression

class BestObjectiveNotImprovingOf(Expression):
    MaxNumberOfTrainingJobsNotImproving: Expression

class ConvergenceDetectedOf(Expression):
    CompleteOnConvergence: Expression

class ObjectiveStatusCountersOf(Expression):
    Failed: Expression
    Pending: Expression
    Succeeded: Expression

class HyperParameterTrainingJobDefinitionOf(Expression):
    AlgorithmSpecification: HyperParameterAlgorithmSpecificationOf
    CheckpointConfig: CheckpointConfigOf
    DefinitionName: Expression
    EnableInterContainerTrafficEncryption: Expression
    EnableManagedSpotTraining: Expression
    EnableNetworkIsolation: Expression
    Environment: ResultEntries[Expression]
    HyperParameterRanges: ParameterRangesOf
    HyperParameterTuningResourceConfig: HyperParameterTuningResourceConfigOf
    InputDataConfig: ResultEntries[ChannelOf]
    OutputDataConfig: OutputDataConfigOf
    ResourceConfig: ResourceConfigOf
    RetryStrategy: RetryStrategyOf
    RoleArn: Expression
    StaticHyperParameters: ResultEntries[Expression]
    StoppingCondition: StoppingConditionOf
    TuningObjective: HyperParameterTuningJobObjectiveOf
    VpcConfig: VpcConfigOf

class HyperParameterAlgorithmSpecificationOf(Expression):
    AlgorithmName: Expression
    MetricDefinitions: ResultEntries[MetricDefinitionOf]
    TrainingImage: Expression
    TrainingInputMode: Expression

class HyperParameterTuningResourceConfigOf(Expression):
    AllocationStrategy: Expression
    InstanceConfigs: ResultEntries[HyperParameterTuningInstanceConfigOf]
    InstanceCount: Expression
    InstanceType: Expression
    VolumeKmsKeyId: Expression
    VolumeSizeInGB: Expression

class HyperParameterTuningInstanceConfigOf(Expression):
    InstanceCount: Expression
    InstanceType: Expression
    VolumeSizeInGB: Expression

class TrainingJobStatusCountersOf(Expression):
    Completed: Expression
    InProgress: Expression
    NonRetryableError: Expression
    RetryableError: Expression
    Stopped: Expression

class HyperParameterTuningJobCompletionDetailsOf(Expression):
    ConvergenceDetectedTime: Expression
    NumberOfTrainingJobsObjectiveNotImproving: Expression

class HyperParameterTuningJobWarmStartConfigOf(Expression):
    ParentHyperParameterTuningJobs: ResultEntries[ParentHyperParameterTuningJobOf]
    WarmStartType: Expression

class ParentHyperParameterTuningJobOf(Expression):
    HyperParameterTuningJobName: Expression

class ModelResult(Expression):
    Containers: ResultEntries[ContainerDefinitionOf]
    CreationTime: Expression
    DeploymentRecommendation: DeploymentRecommendationOf
    EnableNetworkIsolation: Expression
    ExecutionRoleArn: Expression
    InferenceExecutionConfig: InferenceExecutionConfigOf
    ModelArn: Expression
    ModelName: Expression
    PrimaryContainer: ContainerDefinitionOf
    VpcConfig: VpcConfigOf

class ContainerDefinitionOf(Expression):
    AdditionalModelDataSources: ResultEntries[AdditionalModelDataSourceOf]
    ContainerHostname: Expression
    ContainerMetricsConfig: ContainerMetricsConfigOf
    Environment: ResultEntries[Expression]
    Image: Expression
    ImageConfig: ImageConfigOf
    InferenceSpecificationName: Expression
    Mode: Expression
    ModelDataSource: ModelDataSourceOf
    ModelDataUrl: Expression
    ModelPackageName: Expression
    MultiModelConfig: MultiModelConfigOf

class AdditionalModelDataSourceOf(Expression):
    ChannelName: Expression
    S3DataSource: S3ModelDataSourceOf

class S3ModelDataSourceOf(Expression):
    CompressionType: Expression
    ETag: Expression
    HubAccessConfig: InferenceHubAccessConfigOf
    ManifestEtag: Expression
    ManifestS3Uri: Expression
    ModelAccessConfig: ModelAccessConfigOf
    S3DataType: Expression
    S3Uri: Expression

class InferenceHubAccessConfigOf(Expression):
    HubContentArn: Expression

class ContainerMetricsConfigOf(Expression):
    MetricsEndpoints: ResultEntries[MetricsEndpointOf]

class MetricsEndpointOf(Expression):
    MetricPublishFrequencyInSeconds: Expression
    MetricsEndpointPath: Expression

class ImageConfigOf(Expression):
    RepositoryAccessMode: Expression
    RepositoryAuthConfig: RepositoryAuthConfigOf

class RepositoryAuthConfigOf(Expression):
    RepositoryCredentialsProviderArn: Expression

class ModelDataSourceOf(Expression):
    S3DataSource: S3ModelDataSourceOf

class MultiModelConfigOf(Expression):
    ModelCacheSetting: Expression

class DeploymentRecommendationOf(Expression):
    RealTimeInferenceRecommendations: ResultEntries[RealTimeInferenceRecommendationOf]
    RecommendationStatus: Expression

class RealTimeInferenceRecommendationOf(Expression):
    Environment: ResultEntries[Expression]
    InstanceType: Expression
    RecommendationId: Expression

class InferenceExecutionConfigOf(Expression):
    Mode: Expression

class RegisterModelResult(Expression):
    AdditionalInferenceSpecifications: ResultEntries[AdditionalInferenceSpecificationDefinitionOf]
    ApprovalDescription: Expression
    CertifyForMarketplace: Expression
    CreatedBy: UserContextOf
    CreationTime: Expression
    CustomerMetadataProperties: ResultEntries[Expression]
    Domain: Expression
    DriftCheckBaselines: DriftCheckBaselinesOf
    InferenceSpecification: InferenceSpecificationOf
    LastModifiedBy: UserContextOf
    LastModifiedTime: Expression
    ManagedStorageType: Expression
    MetadataProperties: MetadataPropertiesOf
    ModelApprovalStatus: Expression
    ModelCard: ModelPackageModelCardOf
    ModelLifeCycle: ModelLifeCycleOf
    ModelMetrics: ModelMetricsOf
    ModelPackageArn: Expression
    ModelPackageDescription: Expression
    ModelPackageGroupName: Expression
    ModelPackageName: Expression
    ModelPackageRegistrationType: Expression
    ModelPackageStatus: Expression
    ModelPackageStatusDetails: ModelPackageStatusDetailsOf
    ModelPackageVersion: Expression
    SamplePayloadUrl: Expression
    SecurityConfig: ModelPackageSecurityConfigOf
    SkipModelValidation: Expression
    SourceAlgorithmSpecification: SourceAlgorithmSpecificationOf
    SourceUri: Expression
    Task: Expression
    ValidationSpecification: ModelPackageValidationSpecificationOf

class AdditionalInferenceSpecificationDefinitionOf(Expression):
    Containers: ResultEntries[ModelPackageContainerDefinitionOf]
    Description: Expression
    Name: Expression
    SupportedContentTypes: ResultEntries[Expression]
    SupportedRealtimeInferenceInstanceTypes: ResultEntries[Expression]
    SupportedResponseMIMETypes: ResultEntries[Expression]
    SupportedTransformInstanceTypes: ResultEntries[Expression]

class ModelPackageContainerDefinitionOf(Expression):
    AdditionalModelDataSources: ResultEntries[AdditionalModelDataSourceOf]
    AdditionalS3DataSource: AdditionalS3DataSourceOf
    BaseModel: BaseModelOf
    ContainerHostname: Expression
    Environment: ResultEntries[Expression]
    Framework: Expression
    FrameworkVersion: Expression
    Image: Expression
    ImageDigest: Expression
    IsCheckpoint: Expression
    ModelDataETag: Expression
    ModelDataSource: ModelDataSourceOf
    ModelDataUrl: Expression
    ModelInput: ModelInputOf
    NearestModelName: Expression
    ProductId: Expression

class AdditionalS3DataSourceOf(Expression):
    CompressionType: Expression
    ETag: Expression
    S3DataType: Expression
    S3Uri: Expression

class BaseModelOf(Expression):
    HubContentName: Expression
    HubContentVersion: Expression
    RecipeName: Expression

class ModelInputOf(Expression):
    DataInputConfig: Expression

class UserContextOf(Expression):
    DomainId: Expression
    IamIdentity: IamIdentityOf
    UserProfileArn: Expression
    UserProfileName: Expression

class IamIdentityOf(Expression):
    Arn: Expression
    PrincipalId: Expression
    SourceIdentity: Expression

class DriftCheckBaselinesOf(Expression):
    Bias: DriftCheckBiasOf
    Explainability: DriftCheckExplainabilityOf
    ModelDataQuality: DriftCheckModelDataQualityOf
    ModelQuality: DriftCheckModelQualityOf

class DriftCheckBiasOf(Expression):
    ConfigFile: FileSourceOf
    PostTrainingConstraints: MetricsSourceOf
    PreTrainingConstraints: MetricsSourceOf

class FileSourceOf(Expression):
    ContentDigest: Expression
    ContentType: Expression
    S3Uri: Expression

class MetricsSourceOf(Expression):
    ContentDigest: Expression
    ContentType: Expression
    S3Uri: Expression

class DriftCheckExplainabilityOf(Expression):
    ConfigFile: FileSourceOf
    Constraints: MetricsSourceOf

class DriftCheckModelDataQualityOf(Expression):
    Constraints: MetricsSourceOf
    Statistics: MetricsSourceOf

class DriftCheckModelQualityOf(Expression):
    Constraints: MetricsSourceOf
    Statistics: MetricsSourceOf

class InferenceSpecificationOf(Expression):
    Containers: ResultEntries[ModelPackageContainerDefinitionOf]
    SupportedContentTypes: ResultEntries[Expression]
    SupportedRealtimeInferenceInstanceTypes: ResultEntries[Expression]
    SupportedResponseMIMETypes: ResultEntries[Expression]
    SupportedTransformInstanceTypes: ResultEntries[Expression]

class MetadataPropertiesOf(Expression):
    CommitId: Expression
    GeneratedBy: Expression
    ProjectId: Expression
    Repository: Expression

class ModelPackageModelCardOf(Expression):
    ModelCardContent: Expression
    ModelCardStatus: Expression

class ModelLifeCycleOf(Expression):
    Stage: Expression
    StageDescription: Expression
    StageStatus: Expression

class ModelMetricsOf(Expression):
    Bias: BiasOf
    Explainability: ExplainabilityOf
    ModelDataQuality: ModelDataQualityOf
    ModelQuality: ModelQualityOf

class BiasOf(Expression):
    PostTrainingReport: MetricsSourceOf
    PreTrainingReport: MetricsSourceOf
    Report: MetricsSourceOf

class ExplainabilityOf(Expression):
    Report: MetricsSourceOf

class ModelDataQualityOf(Expression):
    Constraints: MetricsSourceOf
    Statistics: MetricsSourceOf

class ModelQualityOf(Expression):
    Constraints: MetricsSourceOf
    Statistics: MetricsSourceOf

class ModelPackageStatusDetailsOf(Expression):
    ImageScanStatuses: ResultEntries[ModelPackageStatusItemOf]
    ValidationStatuses: ResultEntries[ModelPackageStatusItemOf]

class ModelPackageStatusItemOf(Expression):
    FailureReason: Expression
    Name: Expression
    Status: Expression

class ModelPackageSecurityConfigOf(Expression):
    KmsKeyId: Expression

class SourceAlgorithmSpecificationOf(Expression):
    SourceAlgorithms: ResultEntries[SourceAlgorithmOf]

class SourceAlgorithmOf(Expression):
    AlgorithmName: Expression
    ModelDataETag: Expression
    ModelDataSource: ModelDataSourceOf
    ModelDataUrl: Expression

class ModelPackageValidationSpecificationOf(Expression):
    ValidationProfiles: ResultEntries[ModelPackageValidationProfileOf]
    ValidationRole: Expression

class ModelPackageValidationProfileOf(Expression):
    ProfileName: Expression
    TransformJobDefinition: TransformJobDefinitionOf

class TransformJobDefinitionOf(Expression):
    BatchStrategy: Expression
    Environment: ResultEntries[Expression]
    MaxConcurrentTransforms: Expression
    MaxPayloadInMB: Expression
    TransformInput: TransformInputOf
    TransformOutput: TransformOutputOf
    TransformResources: TransformResourcesOf

class AutoMLResult(Expression):
    AutoMLJobArn: Expression
    AutoMLJobArtifacts: AutoMLJobArtifactsOf
    AutoMLJobConfig: AutoMLJobConfigOf
    AutoMLJobName: Expression
    AutoMLJobObjective: AutoMLJobObjectiveOf
    AutoMLJobSecondaryStatus: Expression
    AutoMLJobStatus: Expression
    BestCandidate: AutoMLCandidateOf
    BestCandidateProperties: ModelInsightsJsonReportPathExplainabilityJsonReportPathOf
    CreationTime: Expression
    EndTime: Expression
    FailureReason: Expression
    GenerateCandidateDefinitionsOnly: Expression
    InputDataConfig: ResultEntries[AutoMLChannelOf]
    LastModifiedTime: Expression
    ModelDeployConfig: ModelDeployConfigOf
    ModelDeployResult: ModelDeployResultOf
    OutputDataConfig: AutoMLOutputDataConfigOf
    PartialFailureReasons: ResultEntries[AutoMLPartialFailureReasonOf]
    ProblemType: Expression
    ResolvedAttributes: ResolvedAttributesOf
    RoleArn: Expression

class AutoMLJobArtifactsOf(Expression):
    CandidateDefinitionNotebookLocation: Expression
    DataExplorationNotebookLocation: Expression

class AutoMLJobConfigOf(Expression):
    CandidateGenerationConfig: AutoMLCandidateGenerationConfigOf
    CompletionCriteria: AutoMLJobCompletionCriteriaOf
    DataSplitConfig: AutoMLDataSplitConfigOf
    Mode: Expression
    SecurityConfig: AutoMLSecurityConfigOf

class AutoMLCandidateGenerationConfigOf(Expression):
    AlgorithmsConfig: ResultEntries[AutoMLAlgorithmConfigOf]
    FeatureSpecificationS3Uri: Expression

class AutoMLAlgorithmConfigOf(Expression):
    AutoMLAlgorithms: ResultEntries[Expression]

class AutoMLJobCompletionCriteriaOf(Expression):
    MaxAutoMLJobRuntimeInSeconds: Expression
    MaxCandidates: Expression
    MaxRuntimePerTrainingJobInSeconds: Expression

class AutoMLDataSplitConfigOf(Expression):
    ValidationFraction: Expression

class AutoMLSecurityConfigOf(Expression):
    EnableInterContainerTrafficEncryption: Expression
    VolumeKmsKeyId: Expression
    VpcConfig: VpcConfigOf

class AutoMLJobObjectiveOf(Expression):
    MetricName: Expression

class AutoMLCandidateOf(Expression):
    CandidateName: Expression
    CandidateProperties: CandidatePropertiesOf
    CandidateStatus: Expression
    CandidateSteps: ResultEntries[AutoMLCandidateStepOf]
    CreationTime: Expression
    EndTime: Expression
    FailureReason: Expression
    FinalAutoMLJobObjectiveMetric: FinalAutoMLJobObjectiveMetricOf
    InferenceContainerDefinitions: ResultEntries[ResultEntries[AutoMLContainerDefinitionOf]]
    InferenceContainers: ResultEntries[AutoMLContainerDefinitionOf]
    LastModifiedTime: Expression
    ObjectiveStatus: Expression

class CandidatePropertiesOf(Expression):
    CandidateArtifactLocations: CandidateArtifactLocationsOf
    CandidateMetrics: ResultEntries[MetricDatumOf]

class CandidateArtifactLocationsOf(Expression):
    BacktestResults: Expression
    Explainability: Expression
    ModelInsights: Expression

class MetricDatumOf(Expression):
    MetricName: Expression
    Set: Expression
    StandardMetricName: Expression
    Value: Expression

class AutoMLCandidateStepOf(Expression):
    CandidateStepArn: Expression
    CandidateStepName: Expression
    CandidateStepType: Expression

class FinalAutoMLJobObjectiveMetricOf(Expression):
    MetricName: Expression
    StandardMetricName: Expression
    Type: Expression
    Value: Expression

class AutoMLContainerDefinitionOf(Expression):
    Environment: ResultEntries[Expression]
    Image: Expression
    ModelDataUrl: Expression

class ModelInsightsJsonReportPathExplainabilityJsonReportPathOf(Expression):
    ExplainabilityJsonReportPath: Expression
    ModelInsightsJsonReportPath: Expression

class AutoMLChannelOf(Expression):
    ChannelType: Expression
    CompressionType: Expression
    ContentType: Expression
    DataSource: AutoMLDataSourceOf
    SampleWeightAttributeName: Expression
    TargetAttributeName: Expression

class AutoMLDataSourceOf(Expression):
    S3DataSource: AutoMLS3DataSourceOf

class AutoMLS3DataSourceOf(Expression):
    S3DataType: Expression
    S3Uri: Expression

class ModelDeployConfigOf(Expression):
    AutoGenerateEndpointName: Expression
    EndpointName: Expression

class ModelDeployResultOf(Expression):
    EndpointName: Expression

class AutoMLOutputDataConfigOf(Expression):
    KmsKeyId: Expression
    S3OutputPath: Expression

class AutoMLPartialFailureReasonOf(Expression):
    PartialFailureMessage: Expression

class ResolvedAttributesOf(Expression):
    AutoMLJobObjective: AutoMLJobObjectiveOf
    CompletionCriteria: AutoMLJobCompletionCriteriaOf
    ProblemType: Expression

class QualityCheckResult(Expression):
    BaselineUsedForDriftCheckConstraints: Expression
    BaselineUsedForDriftCheckStatistics: Expression
    CalculatedBaselineConstraints: Expression
    CalculatedBaselineStatistics: Expression

class ClarifyCheckResult(Expression):
    BaselineUsedForDriftCheckConstraints: Expression
    CalculatedBaselineConstraints: Expression

class EndpointConfigResult(Expression):
    AsyncInferenceConfig: AsyncInferenceConfigOf
    CreationTime: Expression
    CrossRegionTrafficConfig: CrossRegionTrafficConfigOf
    DataCaptureConfig: DataCaptureConfigOf
    EnableNetworkIsolation: Expression
    EndpointConfigArn: Expression
    EndpointConfigName: Expression
    ExecutionRoleArn: Expression
    ExplainerConfig: ExplainerConfigOf
    KmsKeyId: Expression
    MetricsConfig: MetricsConfigOf
    ProductionVariants: ResultEntries[ProductionVariantOf]
    ShadowProductionVariants: ResultEntries[ProductionVariantOf]
    VpcConfig: VpcConfigOf

class AsyncInferenceConfigOf(Expression):
    ClientConfig: AsyncInferenceClientConfigOf
    OutputConfig: AsyncInferenceOutputConfigOf

class AsyncInferenceClientConfigOf(Expression):
    MaxConcurrentInvocationsPerInstance: Expression

class AsyncInferenceOutputConfigOf(Expression):
    KmsKeyId: Expression
    NotificationConfig: AsyncInferenceNotificationConfigOf
    S3FailurePath: Expression
    S3OutputPath: Expression

class AsyncInferenceNotificationConfigOf(Expression):
    ErrorTopic: Expression
    IncludeInferenceResponseIn: ResultEntries[Expression]
    SuccessTopic: Expression

class CrossRegionTrafficConfigOf(Expression):
    MaxCrossRegionPercentPerEndpoint: Expression
    MaxInvocationsPerSecondPerInstance: Expression

class DataCaptureConfigOf(Expression):
    CaptureContentTypeHeader: CaptureContentTypeHeaderOf
    CaptureOptions: ResultEntries[CaptureOptionOf]
    DestinationS3Uri: Expression
    EnableCapture: Expression
    InitialSamplingPercentage: Expression
    KmsKeyId: Expression

class CaptureContentTypeHeaderOf(Expression):
    CsvContentTypes: ResultEntries[Expression]
    JsonContentTypes: ResultEntries[Expression]

class CaptureOptionOf(Expression):
    CaptureMode: Expression

class ExplainerConfigOf(Expression):
    ClarifyExplainerConfig: ClarifyExplainerConfigOf

class ClarifyExplainerConfigOf(Expression):
    EnableExplanations: Expression
    InferenceConfig: ClarifyInferenceConfigOf
    ShapConfig: ClarifyShapConfigOf

class ClarifyInferenceConfigOf(Expression):
    ContentTemplate: Expression
    FeatureHeaders: ResultEntries[Expression]
    FeatureTypes: ResultEntries[Expression]
    FeaturesAttribute: Expression
    LabelAttribute: Expression
    LabelHeaders: ResultEntries[Expression]
    LabelIndex: Expression
    MaxPayloadInMB: Expression
    MaxRecordCount: Expression
    ProbabilityAttribute: Expression
    ProbabilityIndex: Expression

class ClarifyShapConfigOf(Expression):
    NumberOfSamples: Expression
    Seed: Expression
    ShapBaselineConfig: ClarifyShapBaselineConfigOf
    TextConfig: ClarifyTextConfigOf
    UseLogit: Expression

class ClarifyShapBaselineConfigOf(Expression):
    MimeType: Expression
    ShapBaseline: Expression
    ShapBaselineUri: Expression

class ClarifyTextConfigOf(Expression):
    Granularity: Expression
    Language: Expression

class MetricsConfigOf(Expression):
    EnableDetailedObservability: Expression
    EnableEnhancedMetrics: Expression
    MetricPublishFrequencyInSeconds: Expression

class ProductionVariantOf(Expression):
    AcceleratorPartitionLayouts: ResultEntries[AcceleratorPartitionLayoutOf]
    AcceleratorType: Expression
    CapacityReservationConfig: ProductionVariantCapacityReservationConfigOf
    ContainerStartupHealthCheckTimeoutInSeconds: Expression
    CoreDumpConfig: ProductionVariantCoreDumpConfigOf
    EnableSSMAccess: Expression
    InferenceAmiVersion: Expression
    InitialInstanceCount: Expression
    InitialVariantWeight: Expression
    InstancePools: ResultEntries[InstancePoolOf]
    InstanceType: Expression
    ManagedInstanceScaling: ProductionVariantManagedInstanceScalingOf
    ModelDataDownloadTimeoutInSeconds: Expression
    ModelName: Expression
    RoutingConfig: ProductionVariantRoutingConfigOf
    ServerlessConfig: ProductionVariantServerlessConfigOf
    VariantInstanceProvisionTimeoutInSeconds: Expression
    VariantName: Expression
    VolumeSizeInGB: Expression

class AcceleratorPartitionLayoutOf(Expression):
    AcceleratorPartitionTypes: ResultEntries[Expression]

class ProductionVariantCapacityReservationConfigOf(Expression):
    CapacityReservationPreference: Expression
    MlReservationArn: Expression

class ProductionVariantCoreDumpConfigOf(Expression):
    DestinationS3Uri: Expression
    KmsKeyId: Expression

class InstancePoolOf(Expression):
    InstanceType: Expression
    ModelNameOverride: Expression
    Priority: Expression

class ProductionVariantManagedInstanceScalingOf(Expression):
    MaxInstanceCount: Expression
    MinInstanceCount: Expression
    ScaleInPolicy: ProductionVariantManagedInstanceScalingScaleInPolicyOf
    Status: Expression

class ProductionVariantManagedInstanceScalingScaleInPolicyOf(Expression):
    CooldownInMinutes: Expression
    MaximumStepSize: Expression
    Strategy: Expression

class ProductionVariantRoutingConfigOf(Expression):
    PrefixAwareRoutingConfig: PrefixAwareRoutingConfigOf
    RoutingStrategy: Expression

class PrefixAwareRoutingConfigOf(Expression):
    ConcurrencyThreshold: Expression
    PrefixLength: Expression

class ProductionVariantServerlessConfigOf(Expression):
    MaxConcurrency: Expression
    MemorySizeInMB: Expression
    ProvisionedConcurrency: Expression

class EndpointResult(Expression):
    AsyncInferenceConfig: AsyncInferenceConfigOf
    CreationTime: Expression
    CrossRegionTrafficConfig: CrossRegionTrafficConfigOf
    DataCaptureConfig: DataCaptureConfigSummaryOf
    EndpointArn: Expression
    EndpointConfigName: Expression
    EndpointName: Expression
    EndpointStatus: Expression
    ExplainerConfig: ExplainerConfigOf
    FailureReason: Expression
    LastDeploymentConfig: DeploymentConfigOf
    LastModifiedTime: Expression
    MetricsConfig: MetricsConfigOf
    PendingDeploymentSummary: PendingDeploymentSummaryOf
    ProductionVariants: ResultEntries[ProductionVariantSummaryOf]
    ShadowProductionVariants: ResultEntries[ProductionVariantSummaryOf]

class DataCaptureConfigSummaryOf(Expression):
    CaptureStatus: Expression
    CurrentSamplingPercentage: Expression
    DestinationS3Uri: Expression
    EnableCapture: Expression
    KmsKeyId: Expression

class DeploymentConfigOf(Expression):
    AutoRollbackConfiguration: AutoRollbackConfigOf
    BlueGreenUpdatePolicy: BlueGreenUpdatePolicyOf
    RollingUpdatePolicy: RollingUpdatePolicyOf

class AutoRollbackConfigOf(Expression):
    Alarms: ResultEntries[AlarmOf]

class AlarmOf(Expression):
    AlarmName: Expression

class BlueGreenUpdatePolicyOf(Expression):
    MaximumExecutionTimeoutInSeconds: Expression
    TerminationWaitInSeconds: Expression
    TrafficRoutingConfiguration: TrafficRoutingConfigOf

class TrafficRoutingConfigOf(Expression):
    CanarySize: CapacitySizeOf
    LinearStepSize: CapacitySizeOf
    Type: Expression
    WaitIntervalInSeconds: Expression

class CapacitySizeOf(Expression):
    Type: Expression
    Value: Expression

class RollingUpdatePolicyOf(Expression):
    MaximumBatchSize: CapacitySizeOf
    MaximumExecutionTimeoutInSeconds: Expression
    RollbackMaximumBatchSize: CapacitySizeOf
    WaitIntervalInSeconds: Expression

class PendingDeploymentSummaryOf(Expression):
    EndpointConfigName: Expression
    ProductionVariants: ResultEntries[PendingProductionVariantSummaryOf]
    ShadowProductionVariants: ResultEntries[PendingProductionVariantSummaryOf]
    StartTime: Expression

class PendingProductionVariantSummaryOf(Expression):
    AcceleratorPartitionLayouts: ResultEntries[AcceleratorPartitionLayoutOf]
    AcceleratorType: Expression
    CurrentInstanceCount: Expression
    CurrentServerlessConfig: ProductionVariantServerlessConfigOf
    CurrentWeight: Expression
    DeployedImages: ResultEntries[DeployedImageOf]
    DesiredInstanceCount: Expression
    DesiredServerlessConfig: ProductionVariantServerlessConfigOf
    DesiredWeight: Expression
    InstancePools: ResultEntries[InstancePoolSummaryOf]
    InstanceType: Expression
    ManagedInstanceScaling: ProductionVariantManagedInstanceScalingOf
    RoutingConfig: ProductionVariantRoutingConfigOf
    VariantName: Expression
    VariantStatus: ResultEntries[ProductionVariantStatusOf]

class DeployedImageOf(Expression):
    ResolutionTime: Expression
    ResolvedImage: Expression
    SpecifiedImage: Expression

class InstancePoolSummaryOf(Expression):
    CurrentInstanceCount: Expression
    InstanceType: Expression

class ProductionVariantStatusOf(Expression):
    StartTime: Expression
    Status: Expression
    StatusMessage: Expression

class ProductionVariantSummaryOf(Expression):
    AcceleratorPartitionLayouts: ResultEntries[AcceleratorPartitionLayoutOf]
    CapacityReservationConfig: ProductionVariantCapacityReservationSummaryOf
    CurrentInstanceCount: Expression
    CurrentServerlessConfig: ProductionVariantServerlessConfigOf
    CurrentWeight: Expression
    DeployedImages: ResultEntries[DeployedImageOf]
    DesiredInstanceCount: Expression
    DesiredServerlessConfig: ProductionVariantServerlessConfigOf
    DesiredWeight: Expression
    InstancePools: ResultEntries[InstancePoolSummaryOf]
    ManagedInstanceScaling: ProductionVariantManagedInstanceScalingOf
    RoutingConfig: ProductionVariantRoutingConfigOf
    VariantName: Expression
    VariantStatus: ResultEntries[ProductionVariantStatusOf]

class ProductionVariantCapacityReservationSummaryOf(Expression):
    AvailableInstanceCount: Expression
    CapacityReservationPreference: Expression
    Ec2CapacityReservations: ResultEntries[Ec2CapacityReservationOf]
    MlReservationArn: Expression
    TotalInstanceCount: Expression
    UsedByCurrentEndpoint: Expression

class Ec2CapacityReservationOf(Expression):
    AvailableInstanceCount: Expression
    Ec2CapacityReservationId: Expression
    TotalInstanceCount: Expression
    UsedByCurrentEndpoint: Expression

class InferenceComponentResult(Expression):
    CreationTime: Expression
    EndpointArn: Expression
    EndpointName: Expression
    FailureReason: Expression
    InferenceComponentArn: Expression
    InferenceComponentName: Expression
    InferenceComponentStatus: Expression
    LastDeploymentConfig: InferenceComponentDeploymentConfigOf
    LastModifiedTime: Expression
    RuntimeConfig: InferenceComponentRuntimeConfigSummaryOf
    Specification: InferenceComponentSpecificationSummaryOf
    Specifications: ResultEntries[InferenceComponentSpecificationSummaryOf]
    VariantName: Expression

class InferenceComponentDeploymentConfigOf(Expression):
    AutoRollbackConfiguration: AutoRollbackConfigOf
    RollingUpdatePolicy: InferenceComponentRollingUpdatePolicyOf

class InferenceComponentRollingUpdatePolicyOf(Expression):
    MaximumBatchSize: InferenceComponentCapacitySizeOf
    MaximumExecutionTimeoutInSeconds: Expression
    RollbackMaximumBatchSize: InferenceComponentCapacitySizeOf
    WaitIntervalInSeconds: Expression

class InferenceComponentCapacitySizeOf(Expression):
    Type: Expression
    Value: Expression

class InferenceComponentRuntimeConfigSummaryOf(Expression):
    CurrentCopyCount: Expression
    DesiredCopyCount: Expression
    PlacementStatus: ResultEntries[InferenceComponentPlacementStatusOf]

class InferenceComponentPlacementStatusOf(Expression):
    CurrentCopyCount: Expression
    InstanceType: Expression

class InferenceComponentSpecificationSummaryOf(Expression):
    BaseInferenceComponentName: Expression
    ComputeResourceRequirements: InferenceComponentComputeResourceRequirementsOf
    Container: InferenceComponentContainerSpecificationSummaryOf
    DataCacheConfig: InferenceComponentDataCacheConfigSummaryOf
    InstanceType: Expression
    ModelName: Expression
    SchedulingConfig: InferenceComponentSchedulingConfigOf
    StartupParameters: InferenceComponentStartupParametersOf

class InferenceComponentComputeResourceRequirementsOf(Expression):
    AcceleratorPartitionType: Expression
    MaxMemoryRequiredInMb: Expression
    MinMemoryRequiredInMb: Expression
    NumberOfAcceleratorDevicesRequired: Expression
    NumberOfCpuCoresRequired: Expression

class InferenceComponentContainerSpecificationSummaryOf(Expression):
    ArtifactUrl: Expression
    ContainerMetricsConfig: ContainerMetricsConfigOf
    DeployedImage: DeployedImageOf
    Environment: ResultEntries[Expression]

class InferenceComponentDataCacheConfigSummaryOf(Expression):
    EnableCaching: Expression

class InferenceComponentSchedulingConfigOf(Expression):
    AvailabilityZoneBalance: InferenceComponentAvailabilityZoneBalanceOf
    PlacementStrategy: Expression

class InferenceComponentAvailabilityZoneBalanceOf(Expression):
    EnforcementMode: Expression
    MaxImbalance: Expression

class InferenceComponentStartupParametersOf(Expression):
    ContainerStartupHealthCheckTimeoutInSeconds: Expression
    ModelDataDownloadTimeoutInSeconds: Expression

class JobResult(Expression):
    CreationTime: Expression
    EndTime: Expression
    FailureReason: Expression
    JobArn: Expression
    JobCategory: Expression
    JobConfigDocument: StepResult
    JobConfigSchemaVersion: Expression
    JobName: Expression
    JobStatus: Expression
    LastModifiedTime: Expression
    RoleArn: Expression
    SecondaryStatus: Expression
    SecondaryStatusTransitions: ResultEntries[JobSecondaryStatusTransitionOf]
    Tags: ResultEntries[TagOf]

class JobSecondaryStatusTransitionOf(Expression):
    EndTime: Expression
    StartTime: Expression
    Status: Expression
    StatusMessage: Expression

class TagOf(Expression):
    Key: Expression
    Value: Expression

class EMRResult(Expression):
    ActionOnFailure: Expression
    AdditionalInfo: StepAdditionalInfoOfEmr
    ClusterId: Expression
    Config: HadoopStepConfigOfEmr
    EncryptionKeyArn: Expression
    ExecutionRoleArn: Expression
    Id: Expression
    LogUri: Expression
    Name: Expression
    Status: StepStatusOfEmr

class StepAdditionalInfoOfEmr(Expression):
    ResourceManager: Expression
    ResourceManagerApplicationIds: ResultEntries[Expression]

class HadoopStepConfigOfEmr(Expression):
    Args: ResultEntries[Expression]
    Jar: Expression
    MainClass: Expression
    Properties: ResultEntries[Expression]

class StepStatusOfEmr(Expression):
    FailureDetails: FailureDetailsOfEmr
    State: Expression
    StateChangeReason: StepStateChangeReasonOfEmr
    Timeline: StepTimelineOfEmr

class FailureDetailsOfEmr(Expression):
    LogFile: Expression
    Message: Expression
    Reason: Expression

class StepStateChangeReasonOfEmr(Expression):
    Code: Expression
    Message: Expression

class StepTimelineOfEmr(Expression):
    CreationDateTime: Expression
    EndDateTime: Expression
    StartDateTime: Expression

class EMRServerlessResult(Expression):
    jobRun: JobRunOfEmr

class JobRunOfEmr(Expression):
    applicationId: Expression
    arn: Expression
    attempt: Expression
    attemptCreatedAt: Expression
    attemptUpdatedAt: Expression
    billedResourceUtilization: ResourceUtilizationOfEmr
    configurationOverrides: ConfigurationOverridesOfEmr
    createdAt: Expression
    createdBy: Expression
    endedAt: Expression
    executionIamPolicy: JobRunExecutionIamPolicyOfEmr
    executionRole: Expression
    executionTimeoutMinutes: Expression
    flexExecution: FlexExecutionOfEmr
    imageConfiguration: ImageConfigurationOfEmr
    jobDriver: JobDriverOfEmr
    jobRunId: Expression
    mode: Expression
    name: Expression
    networkConfiguration: NetworkConfigurationOfEmr
    queuedDurationMilliseconds: Expression
    releaseLabel: Expression
    retryPolicy: RetryPolicyOfEmr
    startedAt: Expression
    state: Expression
    stateDetails: Expression
    tags: ResultEntries[Expression]
    totalExecutionDurationSeconds: Expression
    totalResourceUtilization: TotalResourceUtilizationOfEmr
    updatedAt: Expression
    workerTypeSpecifications: ResultEntries[WorkerTypeSpecificationOfEmr]

class ResourceUtilizationOfEmr(Expression):
    memoryGBHour: Expression
    storageGBHour: Expression
    vCPUHour: Expression

class ConfigurationOverridesOfEmr(Expression):
    applicationConfiguration: ResultEntries[ConfigurationOfEmr]
    diskEncryptionConfiguration: DiskEncryptionConfigurationOfEmr
    monitoringConfiguration: MonitoringConfigurationOfEmr

class ConfigurationOfEmr(Expression):
    classification: Expression
    configurations: ResultEntries[ConfigurationOfEmr]
    properties: ResultEntries[Expression]

class DiskEncryptionConfigurationOfEmr(Expression):
    encryptionContext: ResultEntries[Expression]
    encryptionKeyArn: Expression

class MonitoringConfigurationOfEmr(Expression):
    cloudWatchLoggingConfiguration: CloudWatchLoggingConfigurationOfEmr
    managedPersistenceMonitoringConfiguration: ManagedPersistenceMonitoringConfigurationOfEmr
    prometheusMonitoringConfiguration: PrometheusMonitoringConfigurationOfEmr
    s3MonitoringConfiguration: S3MonitoringConfigurationOfEmr

class CloudWatchLoggingConfigurationOfEmr(Expression):
    enabled: Expression
    encryptionKeyArn: Expression
    logGroupName: Expression
    logStreamNamePrefix: Expression
    logTypes: ResultEntries[ResultEntries[Expression]]

class ManagedPersistenceMonitoringConfigurationOfEmr(Expression):
    enabled: Expression
    encryptionKeyArn: Expression

class PrometheusMonitoringConfigurationOfEmr(Expression):
    remoteWriteUrl: Expression

class S3MonitoringConfigurationOfEmr(Expression):
    encryptionKeyArn: Expression
    logUri: Expression

class JobRunExecutionIamPolicyOfEmr(Expression):
    policy: Expression
    policyArns: ResultEntries[Expression]

class FlexExecutionOfEmr(Expression):
    enabled: Expression

class ImageConfigurationOfEmr(Expression):
    applicationLevelDigestResolution: Expression
    imageUri: Expression
    resolvedImageDigest: Expression

class JobDriverOfEmr(Expression):
    hive: HiveOfEmr
    sparkSubmit: SparkSubmitOfEmr

class HiveOfEmr(Expression):
    initQueryFile: Expression
    parameters: Expression
    query: Expression

class SparkSubmitOfEmr(Expression):
    entryPoint: Expression
    entryPointArguments: ResultEntries[Expression]
    sparkSubmitParameters: Expression

class NetworkConfigurationOfEmr(Expression):
    securityGroupIds: ResultEntries[Expression]
    subnetIds: ResultEntries[Expression]

class RetryPolicyOfEmr(Expression):
    maxAttempts: Expression
    maxFailedAttemptsPerHour: Expression

class TotalResourceUtilizationOfEmr(Expression):
    memoryGBHour: Expression
    storageGBHour: Expression
    vCPUHour: Expression

class WorkerTypeSpecificationOfEmr(Expression):
    imageConfiguration: ImageConfigurationOfEmr

class LineageResult(Expression):
    ActionArns: ResultEntries[Expression]
    ArtifactArns: ResultEntries[Expression]
    Associations: StepResult
    ContextArns: ResultEntries[Expression]

class ConditionResult(Expression):
    Outcome: Expression

class ForEachResult(Expression):
    FailedStepCount: Expression
    InputItemCount: Expression
    IterationOutputs: ResultEntries[StepResult]
    Selected: StepResult
    Status: Expression
    StoppedStepCount: Expression
    SucceededStepCount: Expression
    TotalStepCount: Expression

@overload
def result_of_step(kind: Literal["Training"], step: str) -> TrainingResult: ...
@overload
def result_of_step(kind: Literal["Processing"], step: str) -> ProcessingResult: ...
@overload
def result_of_step(kind: Literal["Transform"], step: str) -> TransformResult: ...
@overload
def result_of_step(kind: Literal["Tuning"], step: str) -> TuningResult: ...
@overload
def result_of_step(kind: Literal["Model"], step: str) -> ModelResult: ...
@overload
def result_of_step(kind: Literal["RegisterModel"], step: str) -> RegisterModelResult: ...
@overload
def result_of_step(kind: Literal["AutoML"], step: str) -> AutoMLResult: ...
@overload
def result_of_step(kind: Literal["QualityCheck"], step: str) -> QualityCheckResult: ...
@overload
def result_of_step(kind: Literal["ClarifyCheck"], step: str) -> ClarifyCheckResult: ...
@overload
def result_of_step(kind: Literal["EndpointConfig"], step: str) -> EndpointConfigResult: ...
@overload
def result_of_step(kind: Literal["Endpoint"], step: str) -> EndpointResult: ...
@overload
def result_of_step(kind: Literal["InferenceComponent"], step: str) -> InferenceComponentResult: ...
@overload
def result_of_step(kind: Literal["Job"], step: str) -> JobResult: ...
@overload
def result_of_step(kind: Literal["EMR"], step: str) -> EMRResult: ...
@overload
def result_of_step(kind: Literal["EMRServerless"], step: str) -> EMRServerlessResult: ...
@overload
def result_of_step(kind: Literal["Lineage"], step: str) -> LineageResult: ...
@overload
def result_of_step(kind: Literal["Condition"], step: str) -> ConditionResult: ...
@overload
def result_of_step(kind: Literal["ForEach"], step: str) -> ForEachResult: ...
@overload
def result_of_step(kind: str, step: str) -> Any: ...
def output_parameters(outputs: Mapping[str, OutputType]) -> list[dict[str, str]]: ...
def outputs_of_step(step: str, parameters: list[dict[str, str]]) -> StepResult: ...
