"""The built-in PostgreSQL and Valkey: started on demand in `RETAILHQ_HOME`, shared by every command, outliving all of them.

`home` knows the folder, its lock and who owns it; `engines` finds the servers that the wheels bring; `postgres` and `valkey` start,
stop and repair one server each; `control` is what the rest of the project calls; `supervise` keeps web, worker and beat running.
Nothing in here needs Django except `control.start_or_exit`, so the services can be stopped and removed even where the settings are broken.
"""
