"""Resource type -> API calls, argument -> member: Amazon MWAA."""

from __future__ import annotations

from local_terraform.resources.arguments import OneBlock, Rules, flag, number, text, text_map, texts
from tests.iac.rendered.calls import Call
from tests.iac.rendered.tags import tag_map

_LOG: Rules = {"enabled": flag("Enabled"), "log_level": text("LogLevel")}
_NETWORK: Rules = {"security_group_ids": texts("SecurityGroupIds"), "subnet_ids": texts("SubnetIds")}

MWAA: dict[str, tuple[Call, ...]] = {
    "aws_mwaa_environment": (
        Call(
            "mwaa",
            "CreateEnvironment",
            {
                "name": text("Name"),
                "airflow_version": text("AirflowVersion"),
                "environment_class": text("EnvironmentClass"),
                "execution_role_arn": text("ExecutionRoleArn"),
                "kms_key": text("KmsKey"),
                "min_workers": number("MinWorkers"),
                "max_workers": number("MaxWorkers"),
                "schedulers": number("Schedulers"),
                "min_webservers": number("MinWebservers"),
                "max_webservers": number("MaxWebservers"),
                "airflow_configuration_options": text_map("AirflowConfigurationOptions"),
                "source_bucket_arn": text("SourceBucketArn"),
                "dag_s3_path": text("DagS3Path"),
                "requirements_s3_path": text("RequirementsS3Path"),
                "requirements_s3_object_version": text("RequirementsS3ObjectVersion"),
                "plugins_s3_path": text("PluginsS3Path"),
                "plugins_s3_object_version": text("PluginsS3ObjectVersion"),
                "webserver_access_mode": text("WebserverAccessMode"),
                "weekly_maintenance_window_start": text("WeeklyMaintenanceWindowStart"),
                "network_configuration": OneBlock("NetworkConfiguration", _NETWORK),
                "logging_configuration": OneBlock(
                    "LoggingConfiguration",
                    {
                        "dag_processing_logs": OneBlock("DagProcessingLogs", _LOG),
                        "scheduler_logs": OneBlock("SchedulerLogs", _LOG),
                        "task_logs": OneBlock("TaskLogs", _LOG),
                        "webserver_logs": OneBlock("WebserverLogs", _LOG),
                        "worker_logs": OneBlock("WorkerLogs", _LOG),
                    },
                ),
            },
            tags=tag_map("Tags"),
        ),
    ),
}
