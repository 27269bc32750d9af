"""A document as PDF (A4), in a font of many scripts that is embedded in part; the same document gives the same bytes."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pymupdf_fonts
from fpdf import FPDF, FontFace
from fpdf.enums import TableBordersLayout, XPos, YPos

from core.printing.paper import Paper

FONT, FACES = "FiraGO", {"": "figo", "B": "figbo"}
MARGIN, FOOT, LINE = 18, 18, 5
MUTED, INK, SHADE = (90, 100, 110), (20, 28, 36), (238, 241, 243)
SUM_WIDTH = 80


class _Sheet(FPDF):
    """Pages with the document's name on top from the second on, and page numbers below."""

    def __init__(self, paper: Paper) -> None:
        super().__init__(format="A4")
        self.paper = paper
        self.set_margins(MARGIN, MARGIN, MARGIN)
        self.set_auto_page_break(True, FOOT + LINE)
        self.set_title(f"{paper.title} {paper.number}")
        self.set_author(paper.issuer[0] if paper.issuer else "")
        self.set_lang(paper.language)
        self.set_creation_date(paper.at)
        self.alias_nb_pages()

    def header(self) -> None:
        """From the second page on: which document this is."""
        if self.page_no() > 1:
            self.set_font(FONT, size=8)
            self.set_text_color(*MUTED)
            self.cell(0, LINE, f"{self.paper.title} {self.paper.number}", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            self.ln(2)
            self.set_text_color(*INK)

    def footer(self) -> None:
        """Which page of how many."""
        self.set_y(-FOOT)
        self.set_font(FONT, size=8)
        self.set_text_color(*MUTED)
        words = self.paper.page_words % {"page": self.page_no(), "pages": "{nb}"}
        self.cell(0, LINE, words, align="R")
        self.set_text_color(*INK)


def pdf_of(paper: Paper) -> bytes:
    """The paper as the bytes of a PDF."""
    sheet = _Sheet(paper)
    # The library takes fonts from files only.
    with TemporaryDirectory() as folder:
        for style, name in FACES.items():
            file = Path(folder) / f"{name}.otf"
            file.write_bytes(pymupdf_fonts.myfont(name))
            sheet.add_font(FONT, style, file)
        sheet.add_page()
        _draw_head(sheet, paper)
        _draw_lines(sheet, paper)
        _draw_sums(sheet, paper)
        return bytes(sheet.output())


def _draw_head(sheet: _Sheet, paper: Paper) -> None:
    half = sheet.epw / 2
    top = sheet.get_y()
    sheet.set_font(FONT, size=9)
    sheet.set_text_color(*MUTED)
    sheet.multi_cell(half - 5, LINE, "\n".join(paper.issuer), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    left = sheet.get_y()
    sheet.set_text_color(*INK)
    sheet.set_xy(sheet.l_margin + half, top)
    sheet.set_font(FONT, size=10)
    sheet.multi_cell(half, LINE, "\n".join(paper.recipient), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    sheet.set_y(max(left, sheet.get_y()) + 10)
    sheet.set_font(FONT, "B", 16)
    sheet.multi_cell(0, 8, f"{paper.title} {paper.number}", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    sheet.ln(2)
    for name, value in paper.facts:
        sheet.set_font(FONT, size=9)
        sheet.set_text_color(*MUTED)
        sheet.cell(38, LINE, name)
        sheet.set_text_color(*INK)
        sheet.multi_cell(0, LINE, value, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    sheet.ln(6)


def _draw_lines(sheet: _Sheet, paper: Paper) -> None:
    sheet.set_font(FONT, size=8.5)
    sheet.set_draw_color(200, 206, 212)
    with sheet.table(
        col_widths=tuple(column.share for column in paper.columns),
        text_align=tuple("RIGHT" if column.number else "LEFT" for column in paper.columns),
        headings_style=FontFace(emphasis="BOLD", fill_color=SHADE, color=INK),
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        line_height=LINE,
        padding=(0.8, 1.2),
    ) as table:
        heading = table.row()
        for column in paper.columns:
            heading.cell(column.name)
        for values in paper.rows:
            row = table.row()
            for value in values:
                row.cell(value)


def _draw_sums(sheet: _Sheet, paper: Paper) -> None:
    sheet.ln(4)
    # The sums stay together: an amount due alone on a page would be read as another one.
    if sheet.will_page_break(LINE * (len(paper.sums) + 2)):
        sheet.add_page()
    for one in paper.sums:
        sheet.set_font(FONT, "B" if one.strong else "", 10 if one.strong else 9)
        sheet.set_x(sheet.w - sheet.r_margin - SUM_WIDTH)
        sheet.cell(SUM_WIDTH / 2, LINE + 0.5, one.name)
        sheet.cell(SUM_WIDTH / 2, LINE + 0.5, one.amount, align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    sheet.ln(6)
    sheet.set_font(FONT, size=9)
    for note in paper.notes:
        sheet.multi_cell(0, LINE, note, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
