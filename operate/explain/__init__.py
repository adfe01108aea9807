"""Why a job is as it is: the subject, what is known of it, what that means, and the page."""
