"""The fields of a Workflow as Go declares them, with their types, in Go's order.

Argo: pkg/apis/workflow/v1alpha1/workflow_types.go; Kubernetes: core/v1/types.go. A field is
`name:type`. `~T` embeds the fields of T. `!` after the name: written even if it is empty. A type is
string, bool, int32, int64, map (of texts), any (read by nobody here), one with a reader of its own
(`OWN`), a struct, or `*T` (may be absent), `[]T`. `NAMED` are Go's own names of texts and lists.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

OWN = {"AnyString", "IntOrString", "Quantity", "Item", "Steps"}
NAMED = {
    "RetryPolicy": "string",
    "ShutdownStrategy": "string",
    "PodGCStrategy": "string",
    "Artifacts": "[]Artifact",
    "PullPolicy": "string",
    "Protocol": "string",
    "TerminationMessagePolicy": "string",
    "HTTPHeaders": "any",
}
KUBERNETES = {
    "TypeMeta", "ObjectMeta", "Container", "EnvVar", "EnvVarSource", "ObjectFieldSelector",
    "SecretKeySelector", "ConfigMapKeySelector", "ResourceRequirements", "ContainerPort",
    "VolumeMount", "EnvFromSource", "Volume", "Toleration", "PullPolicy", "Protocol",
    "TerminationMessagePolicy", "LocalObjectReference", "ResourceList", "ResourceFieldSelector",
}  # fmt: skip

STRUCTS = {
    "TypeMeta": "kind:string apiVersion:string",
    "ObjectMeta": """name:string generateName:string namespace:string selfLink:string uid:string
        resourceVersion:string generation:int64 creationTimestamp:any deletionTimestamp:any
        deletionGracePeriodSeconds:*int64 labels:map annotations:map ownerReferences:any
        finalizers:[]string clusterName:string managedFields:any""",
    "Workflow": "~TypeMeta metadata!:ObjectMeta spec!:WorkflowSpec status:any",
    "WorkflowSpec": """templates:[]Template entrypoint:string arguments:Arguments
        serviceAccountName:string automountServiceAccountToken:*bool executor:any
        volumes:[]Volume volumeClaimTemplates:any parallelism:*int64 artifactRepositoryRef:any
        suspend:*bool nodeSelector:map affinity:any tolerations:[]Toleration
        imagePullSecrets:[]LocalObjectReference hostNetwork:*bool dnsPolicy:string dnsConfig:any
        onExit:string ttlStrategy:any ttlSecondsAfterFinished:any activeDeadlineSeconds:*int64
        priority:*int32 schedulerName:string podGC:*PodGC podPriorityClassName:string
        podPriority:*int32 hostAliases:any securityContext:any podSpecPatch:string
        podDisruptionBudget:any metrics:any shutdown:ShutdownStrategy workflowTemplateRef:any
        synchronization:any volumeClaimGC:any retryStrategy:*RetryStrategy podMetadata:*Metadata
        templateDefaults:*Template archiveLogs:*bool hooks:any workflowMetadata:any""",
    "PodGC": "strategy:PodGCStrategy labelSelector:any",
    "Template": """name:string inputs:Inputs outputs:Outputs nodeSelector:map affinity:any
        metadata:Metadata daemon:*bool steps:[]Steps container:*Container
        containerSet:*ContainerSetTemplate script:*ScriptTemplate
        resource:*ResourceTemplate dag:*DAGTemplate suspend:*SuspendTemplate
        data:*Data http:*HTTP plugin:*Plugin volumes:[]Volume initContainers:[]UserContainer
        sidecars:[]UserContainer archiveLocation:*ArtifactLocation
        activeDeadlineSeconds:*IntOrString retryStrategy:*RetryStrategy parallelism:*int64
        failFast:*bool tolerations:[]Toleration schedulerName:string priorityClassName:string
        priority:*int32 serviceAccountName:string automountServiceAccountToken:*bool executor:any
        hostAliases:any securityContext:any podSpecPatch:string metrics:*Metrics synchronization:any
        memoize:any timeout:string""",
    "Metrics": "prometheus!:[]Prometheus",
    "Prometheus": """name!:string labels:any help!:string when:string gauge:any histogram:any
        counter:any""",
    "Inputs": "parameters:[]Parameter artifacts:Artifacts",
    "Outputs": """parameters:[]Parameter artifacts:Artifacts result:*string exitCode:*string""",
    "Arguments": "parameters:[]Parameter artifacts:Artifacts",
    "Metadata": "annotations:map labels:map",
    "Parameter": """name!:string default:*AnyString value:*AnyString valueFrom:*ValueFrom
        globalName:string enum:[]AnyString description:*AnyString""",
    "ValueFrom": """path:string jsonPath:string jqFilter:string event:string parameter:string
        supplied:*SuppliedValueFrom configMapKeyRef:*ConfigMapKeySelector default:*AnyString
        expression:string""",
    "SuppliedValueFrom": "",
    "Artifact": """name!:string path:string mode:*int32 from:string ~ArtifactLocation
        globalName:string archive:*ArchiveStrategy optional:bool subPath:string recurseMode:bool
        fromExpression:string""",
    "ArtifactLocation": """archiveLogs:*bool s3:*S3Artifact git:*GitArtifact http:*HTTPArtifact
        artifactory:any hdfs:any raw:*RawArtifact oss:any gcs:any""",
    "S3Artifact": """endpoint:string bucket:string region:string insecure:*bool accessKeySecret:any
        secretKeySecret:any roleARN:string useSDKCreds:bool createBucketIfNotPresent:any key:string
        encryptionOptions:any""",
    "GitArtifact": "repo!:string revision:string",
    "HTTPArtifact": "url!:string headers:any",
    "RawArtifact": "data!:string",
    "ArchiveStrategy": "tar:any none:any zip:any",
    "RetryStrategy": """limit:*IntOrString retryPolicy:RetryPolicy backoff:*Backoff affinity:any
        expression:string""",
    "Backoff": "duration:string factor:*int32 maxDuration:string",
    "DAGTemplate": "target:string tasks!:[]DAGTask failFast:*bool",
    "DAGTask": """name!:string template:string inline:*Template arguments:Arguments
        templateRef:*TemplateRef dependencies:[]string withItems:[]Item withParam:string
        withSequence:*Sequence when:string continueOn:*ContinueOn onExit:string hooks:any
        depends:string""",
    "WorkflowStep": """name:string template:string inline:*Template arguments:Arguments
        templateRef:*TemplateRef withItems:[]Item withParam:string withSequence:*Sequence
        when:string continueOn:*ContinueOn onExit:string hooks:any""",
    "TemplateRef": "name:string template:string clusterScope:bool",
    "Sequence": "count:*IntOrString start:*IntOrString end:*IntOrString format:string",
    "ContinueOn": "error:bool failed:bool",
    "SuspendTemplate": "duration:string",
    "Data": "source:any transformation:any",
    "HTTP": """method:string url!:string headers:any timeoutSeconds:*int64 successCondition:string
        body:string""",
    "Plugin": "",
    "ResourceTemplate": """action!:string mergeStrategy:string manifest:string
        setOwnerReference:bool successCondition:string failureCondition:string flags:[]string""",
    "ContainerSetTemplate": """containers!:[]ContainerNode volumeMounts:[]VolumeMount
        retryStrategy:any""",
    "ContainerNode": "~Container dependencies:[]string",
    "ScriptTemplate": "~Container source!:string",
    "UserContainer": "~Container mirrorVolumeMounts:*bool",
    "Container": """name!:string image:string command:[]string args:[]string workingDir:string
        ports:[]ContainerPort envFrom:[]EnvFromSource env:[]EnvVar resources:ResourceRequirements
        volumeMounts:[]VolumeMount volumeDevices:any livenessProbe:any readinessProbe:any
        startupProbe:any lifecycle:any terminationMessagePath:string
        terminationMessagePolicy:TerminationMessagePolicy imagePullPolicy:PullPolicy
        securityContext:any stdin:bool stdinOnce:bool tty:bool""",
    "ContainerPort": """name:string hostPort:int32 containerPort!:int32 protocol:Protocol
        hostIP:string""",
    "EnvVar": "name!:string value:string valueFrom:*EnvVarSource",
    "EnvVarSource": """fieldRef:*ObjectFieldSelector resourceFieldRef:*ResourceFieldSelector
        configMapKeyRef:*ConfigMapKeySelector secretKeyRef:*SecretKeySelector""",
    "ObjectFieldSelector": "apiVersion:string fieldPath!:string",
    "ResourceFieldSelector": "containerName:string resource!:string divisor:any",
    "ConfigMapKeySelector": "name:string key!:string optional:*bool",
    "SecretKeySelector": "name:string key!:string optional:*bool",
    "EnvFromSource": "prefix:string configMapRef:any secretRef:any",
    "ResourceRequirements": "limits:ResourceList requests:ResourceList",
    "VolumeMount": """name!:string readOnly:bool mountPath!:string subPath:string
        mountPropagation:any subPathExpr:string""",
    "Volume": "name!:string *",
    "Toleration": """key:string operator:string value:string effect:string
        tolerationSeconds:*int64""",
    "LocalObjectReference": "name:string",
}


@dataclass(frozen=True)
class Field:
    """`path`: the embedded structs that lead to it. `always`: written even if it is empty."""

    name: str
    type: str
    always: bool
    path: tuple[str, ...] = ()


@cache
def fields(struct: str) -> tuple[Field, ...]:
    """The fields of a struct, those of embedded ones in their place."""
    found: list[Field] = []
    for word in STRUCTS[struct].split():
        if word == "*":
            continue
        if word.startswith("~"):
            inner = word[1:]
            found += [Field(f.name, f.type, f.always, (inner, *f.path)) for f in fields(inner)]
            continue
        name, _, kind = word.partition(":")
        found.append(Field(name.rstrip("!"), kind, name.endswith("!")))
    return tuple(found)


@cache
def by_name(struct: str) -> dict[str, Field]:
    """Go takes a field by its name, else by its name in other letters' case."""
    exact = {field.name: field for field in fields(struct)}
    return {field.name.lower(): field for field in reversed(fields(struct))} | exact


def open_ended(struct: str) -> bool:
    """Whether other fields of it are kept as they are."""
    return STRUCTS[struct].endswith("*")


def go_name(kind: str) -> str:
    """A type as Go's errors name it."""
    if kind.startswith("*"):
        return go_name(kind[1:])
    if kind.startswith("[]"):
        return "[]" + go_name(kind[2:])
    if kind == "map":
        return "map[string]string"
    if kind == "Steps":
        return "v1alpha1.ParallelSteps"
    if kind in STRUCTS or kind in NAMED or kind in OWN or kind == "ResourceList":
        return f"{'v1' if kind in KUBERNETES else 'v1alpha1'}.{kind}"
    return kind
