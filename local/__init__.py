"""The local cloud: OSS, the MPS and IMS job APIs, ROS, triggers, flows, and a host for functions.

services.py control.py cloud.py   the services over one data folder, and their ports
request_pipeline.py reply.py      what every request passes through
data_folder.py database.py        the folder that one server has at a time, and what is stored in it
gate.py family.py                 who may use a port without signatures, and what may be killed
strict_xml.py numbers.py          what is read of requests, without what it may be made to cost
journal.py faults.py identity.py  what was requested, faults on demand, keys and permissions
client.py                         starts a cloud in a process of its own, and controls it
oss/ jobs/ logs/ ros/             OSS; the job APIs and CloudFlow's reports; the log service; ROS
fc/ flow/                         a host with Function Compute's rules; CloudFlow's flows
triggers/ trigger_dispatcher.py   events of every kind, and their delivery
sample_jobs.py samples/           jobs of every algorithm, their inputs and results
environment.py template_deployment.py   the function beside a cloud, configured by hand or as
                                  template.yml deploys it
run_samples.py run_report.py real_service.py sample_ids.py   `make run`
run_recording.py            the picture of it
__main__.py                 both commands, and Ctrl-C while they are imported
serve.py serve_files.py desk.py gallery_process.py front_page.py   `make serve`: what it is made
                                  of, what it writes for others, its port for calls, the gallery
                                  beside it, and what its root says
"""
