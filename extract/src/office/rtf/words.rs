//! What control words do.

use super::font::CodePage;
use super::object::Binary;
use super::{Control, Reader};

impl Reader<'_> {
    /// Does what a control word says.
    pub(super) fn word(&mut self, control: &Control) {
        let number = control.number;
        let optional = std::mem::take(&mut self.state.optional);
        match control.word {
            b"u" => {
                self.flush_bytes();
                self.unit(number.unwrap_or(0));
                self.replaced = self.state.replacement.unwrap_or(1);
                return;
            }
            b"uc" => {
                self.state.replacement = number.and_then(|n| u32::try_from(n).ok());
                return;
            }
            _ => self.flush(),
        }
        match control.word {
            b"ansicpg" => self.standard = number.map_or(CodePage::Ansi, CodePage::of_number),
            b"mac" => self.standard = CodePage::of_number(10_000),
            b"pc" => self.standard = CodePage::of_number(437),
            b"pca" => self.standard = CodePage::of_number(850),
            b"f" | b"deff" if self.state.fonts => self.font = number.unwrap_or(0),
            b"f" => self.state.font = number.unwrap_or(0),
            b"fcharset" if self.state.fonts => {
                self.font_is(CodePage::of_charset(number.unwrap_or(1)))
            }
            b"cpg" if self.state.fonts => {
                self.font_is(Some(CodePage::of_number(number.unwrap_or(0))))
            }
            b"par" | b"line" | b"sect" | b"page" | b"column" | b"row" | b"nestrow" => {
                self.character("\n")
            }
            b"tab" | b"cell" | b"nestcell" => self.character("\t"),
            b"emdash" => self.character("—"),
            b"endash" => self.character("–"),
            b"emspace" | b"enspace" | b"qmspace" => self.character(" "),
            b"lquote" => self.character("‘"),
            b"rquote" => self.character("’"),
            b"ldblquote" => self.character("“"),
            b"rdblquote" => self.character("”"),
            b"bullet" => self.character("•"),
            b"htmlrtf" => self.state.wrapping = number != Some(0),
            word => self.destination(word, optional),
        }
    }

    fn font_is(&mut self, page: Option<CodePage>) {
        if let Some(page) = page {
            self.fonts.insert(self.font, page);
        }
    }

    /// What a word makes of its group.
    fn destination(&mut self, word: &[u8], optional: bool) {
        match word {
            b"fonttbl" => {
                self.state.fonts = true;
                self.state.skipped = true;
            }
            b"pict" | b"objdata" if !self.state.skipped => {
                self.state.binary = Some(Binary::new(word == b"objdata"));
                self.state.skipped = true;
            }
            b"pngblip" | b"jpegblip" | b"emfblip" | b"wmetafile" => {
                if let Some(binary) = &mut self.state.binary {
                    binary.kind(word);
                }
            }
            // The same content follows in Unicode.
            b"upr" => self.state.skipped = true,
            b"ud" => self.state.skipped = false,
            b"colortbl" | b"stylesheet" | b"info" | b"fldinst" | b"nonshppict" | b"shprslt"
            | b"sp" | b"objclass" | b"objname" | b"listtable" | b"listoverridetable"
            | b"revtbl" | b"rsidtbl" | b"filetbl" | b"xmlnstbl" | b"bkmkstart" | b"bkmkend"
            | b"pnseclvl" | b"template" | b"operator" => self.state.skipped = true,
            b"shppict" | b"shpinst" | b"shptxt" | b"annotation" | b"atnauthor" | b"atnid"
            | b"fldrslt" | b"footnote" | b"ftnsep" | b"objalias" | b"result" | b"flddirty"
            | b"pntext" | b"listtext" | b"htmltag" | b"formfield" | b"ffdeftext" | b"fldtype"
            | b"pn" => match word {
                b"htmltag" | b"pn" | b"formfield" => self.state.skipped = true,
                b"atnauthor" | b"atnid" | b"annotation" | b"footnote" if !self.state.skipped => {
                    self.state.note = true;
                    self.notes.push('\n');
                }
                b"shptxt" => self.text(" "),
                _ => {}
            },
            _ if optional => self.state.skipped = true,
            _ => {}
        }
    }
}
