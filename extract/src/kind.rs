//! The types of files, by name. The module `detect` tells which one a file has.

use crate::named::named;

named! {
    /// The type of a file; its stable name is the media type.
    Kind {
        /// Plain text in any charset.
        Text = "text/plain",
        /// HTML, any version.
        Html = "text/html",
        /// XML without a reader of its own.
        Xml = "application/xml",
        /// Values with commas or semicolons between them.
        Csv = "text/csv",
        /// Values with tabs between them.
        Tsv = "text/tab-separated-values",
        /// Rich Text Format.
        Rtf = "application/rtf",
        /// An e-mail, or a web archive (MHTML).
        Email = "message/rfc822",
        /// Messages one after the other (MBOX).
        Mailbox = "application/mbox",
        /// An Outlook item.
        Msg = "application/vnd.ms-outlook",
        /// An Outlook store.
        Pst = "application/vnd.ms-outlook-pst",
        /// Word since 2007.
        Docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        /// PowerPoint since 2007.
        Pptx = "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        /// Excel since 2007.
        Xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        /// Excel since 2007, binary.
        Xlsb = "application/vnd.ms-excel.sheet.binary.macroenabled.12",
        /// Word until 2003.
        Doc = "application/msword",
        /// PowerPoint until 2003.
        Ppt = "application/vnd.ms-powerpoint",
        /// Excel until 2003.
        Xls = "application/vnd.ms-excel",
        /// OpenDocument text.
        Odt = "application/vnd.oasis.opendocument.text",
        /// OpenDocument spreadsheet.
        Ods = "application/vnd.oasis.opendocument.spreadsheet",
        /// OpenDocument presentation.
        Odp = "application/vnd.oasis.opendocument.presentation",
        /// OpenDocument drawing, chart, formula or another of that family.
        Odf = "application/vnd.oasis.opendocument",
        /// PDF.
        Pdf = "application/pdf",
        /// ZIP that is no document.
        Zip = "application/zip",
        /// A Concordance load file.
        LoadFile = "application/x-concordance-dat",
        /// PNG.
        Png = "image/png",
        /// JPEG.
        Jpeg = "image/jpeg",
        /// TIFF and what is built on it.
        Tiff = "image/tiff",
        /// GIF.
        Gif = "image/gif",
        /// WebP.
        WebP = "image/webp",
        /// Windows bitmap.
        Bmp = "image/bmp",
        /// Portable bitmap, graymap or pixmap.
        Pnm = "image/x-portable-anymap",
        /// Windows icon.
        Icon = "image/vnd.microsoft.icon",
        /// Photoshop.
        Psd = "image/vnd.adobe.photoshop",
        /// JPEG 2000.
        Jpeg2000 = "image/jp2",
        /// HEIF and AVIF.
        Heif = "image/heif",
        /// Windows Metafile.
        Wmf = "image/wmf",
        /// Enhanced Metafile.
        Emf = "image/emf",
        /// FITS.
        Fits = "image/fits",
        /// OLE storage without a reader; also the wrapping of an encrypted Office file.
        Ole = "application/x-ole-storage",
        /// gzip.
        Gzip = "application/gzip",
        /// bzip2.
        Bzip2 = "application/x-bzip2",
        /// XZ.
        Xz = "application/x-xz",
        /// 7z.
        SevenZip = "application/x-7z-compressed",
        /// RAR.
        Rar = "application/vnd.rar",
        /// tar.
        Tar = "application/x-tar",
        /// AppleSingle and AppleDouble.
        AppleFile = "application/applefile",
        /// DER: certificates, signatures, encrypted envelopes.
        Der = "application/x-der",
        /// CBOR.
        Cbor = "application/cbor",
        /// An audio or video stream.
        Media = "application/x-audio-video",
        /// A program.
        Executable = "application/x-executable",
        /// Bytes that are no text, of an unknown type.
        Binary = "application/octet-stream",
    }
}

impl Kind {
    /// Its media type; of a family of types, one for all.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        self.name()
    }

    /// Whether it is read as an image.
    #[must_use]
    pub const fn is_image(self) -> bool {
        matches!(
            self,
            Self::Png
                | Self::Jpeg
                | Self::Tiff
                | Self::Gif
                | Self::WebP
                | Self::Bmp
                | Self::Pnm
                | Self::Icon
        )
    }
}

/// What may decide of a name: its extension in lower case, if it is up to 8 ASCII letters and digits;
/// else empty.
#[must_use]
pub fn extension(name: &str) -> String {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let (_, end) = file.rsplit_once('.').unwrap_or_default();
    let plain = end.len() <= 8 && end.bytes().all(|b| b.is_ascii_alphanumeric());
    if plain {
        end.to_ascii_lowercase()
    } else {
        String::new()
    }
}
