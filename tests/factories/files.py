"""Files as students send them."""

from django.core.files.uploadedfile import SimpleUploadedFile

from seminar.services.demo import demo_notebook, demo_pdf


def pdf(name: str = "slides.pdf", words: str = "A talk") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, demo_pdf(words), "application/pdf")


def notebook(name: str = "work.ipynb", title: str = "A tutorial") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, demo_notebook(title), "application/json")
