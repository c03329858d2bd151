"""What a mail server's refusal means: for the letter, for all letters, for now or for good."""

import smtplib

TOO_BIG = 552  # the answer to the size that is named together with the sender


def has_answered(error: Exception) -> bool:
    """Whether the server has said that it has no copy; one that has gone silent may have one."""
    refusals = smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused
    return isinstance(error, refusals) or not isinstance(error, smtplib.SMTPException | OSError)


def is_final(error: Exception) -> bool:
    """A server that answers 5xx about this letter will answer so again; what cannot be put into a mail never can."""
    if isinstance(error, ValueError) and not isinstance(error, OSError):  # a bad certificate is both
        return True
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPSenderRefused):
        return error.smtp_code == TOO_BIG
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500


def is_about_the_server(error: Exception) -> bool:
    """Who does not take our sender takes none of our letters; they wait until somebody has mended it. A size is the letter's own."""
    return isinstance(error, smtplib.SMTPSenderRefused) and error.smtp_code != TOO_BIG


def words(error: Exception) -> str:
    return str(error)[:500] or type(error).__name__
