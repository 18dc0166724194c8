"""What SageMaker resources should not be: rules that judge templates, of this library or of any other app."""

from .judgement import Level as Level
from .judgement import PolicyFinding as PolicyFinding
from .judgement import judge as judge
from .judgement import judge_assembly as judge_assembly
from .policy_rule import PolicyRule as PolicyRule
from .policy_rule import policy_rules as policy_rules
from .sagemaker_checks import SageMakerChecks as SageMakerChecks
