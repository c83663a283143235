//! Outlook stores (PST, OST): their messages, each as an e-mail.
//!
//! All folders below the root are read, in the order of their tables; search folders are left out, since they
//! hold nothing of their own. A message's name is the path of its folder and its subject. A message or a folder
//! that cannot be read is a part that says so. Of a message, the same properties are read as of an Outlook item
//! in a file of its own. A message attached to another one is not read, and stands as an attachment that says
//! so: the library underneath would wait for ever for a lock that it holds itself. Which attachments are
//! messages, their table says.
//!
//! How much is read of a store's bytes, over and over, is counted: [`REPEATS`]. Two things are left to the
//! process around the reader. A store whose table denies that an attachment is a message waits for the clock. So
//! may tables whose rows lead back to themselves, which are followed in memory, up to 255 levels; mostly they
//! run out of memory first.
//!
//! The encodings of stores hide nothing and are undone. A store's password locks Outlook only.

mod counted;
mod values;

use crate::archive::zip::container;
use crate::extraction::{Content, Extraction, Options, Part, Reason, Role};
use crate::kind::Kind;
use counted::{Allowance, Counted};
use outlook_pst::messaging::attachment::{AnsiAttachment, Attachment, UnicodeAttachment};
use outlook_pst::messaging::folder::Folder;
use outlook_pst::messaging::message::{AnsiMessage, Message, UnicodeMessage};
use outlook_pst::messaging::store::{AnsiStore, EntryId, Store, UnicodeStore};
use outlook_pst::ndb::node_id::{NodeId, NodeIdType};
use outlook_pst::{AnsiPstFile, UnicodePstFile};
use std::collections::BTreeSet;
use std::io;
use std::rc::Rc;

/// The node of the root folder ([MS-PST] 2.4.1).
const ROOT: u32 = 0x122;

/// How often the bytes that a store may unpack to may be read: the library reads the root of its trees anew for
/// each message, and the properties of an item for each of its tables.
const REPEATS: u64 = 16;

/// Reads a store.
pub fn read(bytes: &[u8], options: &Options) -> Extraction {
    let allowance = Allowance::new(options.limits.unpacked_bytes.saturating_mul(REPEATS));
    let reader = || Box::new(Counted::new(bytes, &allowance));
    let unicode =
        UnicodePstFile::read_from(reader()).and_then(|file| UnicodeStore::read(Rc::new(file)));
    let parts = match unicode {
        Ok(store) => Walk::new(store, options).run(),
        Err(_) => {
            match AnsiPstFile::read_from(reader()).and_then(|file| AnsiStore::read(Rc::new(file))) {
                Ok(store) => Walk::new(store, options).run(),
                Err(_) => Err(Reason::Damaged),
            }
        }
    };
    match parts {
        _ if allowance.is_spent() => Extraction::unread(Kind::Pst, Reason::Limit),
        Ok(parts) => container(Kind::Pst, parts, options),
        Err(reason) => Extraction::unread(Kind::Pst, reason),
    }
}

/// A store of either format.
trait Access: Store {
    type Message: Message;
    fn message(self: &Rc<Self>, entry: &EntryId) -> io::Result<Rc<Self::Message>>;
    fn attachment(message: Rc<Self::Message>, node: NodeId) -> io::Result<Rc<dyn Attachment>>;
}

impl Access for UnicodeStore {
    type Message = UnicodeMessage;
    fn message(self: &Rc<Self>, entry: &EntryId) -> io::Result<Rc<UnicodeMessage>> {
        UnicodeMessage::read(Rc::clone(self), entry, None)
    }
    fn attachment(message: Rc<UnicodeMessage>, node: NodeId) -> io::Result<Rc<dyn Attachment>> {
        Ok(UnicodeAttachment::read(message, node, None)?)
    }
}

impl Access for AnsiStore {
    type Message = AnsiMessage;
    fn message(self: &Rc<Self>, entry: &EntryId) -> io::Result<Rc<AnsiMessage>> {
        AnsiMessage::read(Rc::clone(self), entry, None)
    }
    fn attachment(message: Rc<AnsiMessage>, node: NodeId) -> io::Result<Rc<dyn Attachment>> {
        Ok(AnsiAttachment::read(message, node, None)?)
    }
}

/// Goes through all folders.
struct Walk<'o, S> {
    store: Rc<S>,
    options: &'o Options,
    parts: Vec<Part>,
    /// Bytes that messages may still have.
    left: u64,
    /// Folders that were met, so that no loop of folders is followed.
    met: BTreeSet<u32>,
}

impl<'o, S: Access> Walk<'o, S> {
    fn new(store: Rc<S>, options: &'o Options) -> Self {
        Self {
            store,
            options,
            parts: Vec::new(),
            left: options.limits.unpacked_bytes,
            met: BTreeSet::new(),
        }
    }

    fn run(mut self) -> Result<Vec<Part>, Reason> {
        // Folders that are still to be read, the next one last.
        let mut open: Vec<(String, NodeId)> = Vec::new();
        let mut add = |open: &mut Vec<(String, NodeId)>, path: &str, rows: Vec<NodeId>| {
            let folders = rows.into_iter().rev();
            let folders = folders.filter(|node| {
                node.id_type()
                    .is_ok_and(|kind| kind == NodeIdType::NormalFolder)
            });
            open.extend(
                folders
                    .filter(|node| self.met.insert(u32::from(*node)))
                    .map(|node| (path.to_owned(), node)),
            );
        };
        add(&mut open, "", vec![NodeId::from(ROOT)]);
        let mut folders = Vec::new();
        while let Some((parent, node)) = open.pop() {
            let entry = self
                .store
                .properties()
                .make_entry_id(node)
                .map_err(|_| Reason::Damaged)?;
            let folder = self.store.open_folder(&entry);
            let name = folder
                .as_ref()
                .ok()
                .and_then(|f| f.properties().display_name().ok())
                .unwrap_or_default();
            let path = if name.is_empty() {
                parent
            } else {
                format!("{parent}{name}/")
            };
            if let Some(table) = folder
                .as_ref()
                .ok()
                .and_then(|folder| folder.hierarchy_table())
            {
                add(&mut open, &path, values::nodes(&**table));
            }
            folders.push((path, folder));
        }
        for (path, folder) in folders {
            self.folder(&path, folder)?;
        }
        Ok(self.parts)
    }

    fn folder(&mut self, path: &str, folder: io::Result<Rc<dyn Folder>>) -> Result<(), Reason> {
        let Ok(folder) = folder else {
            return self.part(format!("{path}folder"), Err(Reason::Damaged));
        };
        for node in folder
            .contents_table()
            .map(|table| values::nodes(&**table))
            .unwrap_or_default()
        {
            let message = self
                .store
                .properties()
                .make_entry_id(node)
                .and_then(|entry| self.store.message(&entry));
            match message {
                Ok(message) => {
                    let mut item = values::item(&*message, self.options)?;
                    let listed = message
                        .attachment_table()
                        .map(|table| values::listed(&**table))
                        .unwrap_or_default();
                    for (node, method) in listed {
                        let read = || S::attachment(Rc::clone(&message), node);
                        item.attachments.push(values::attached(method, read));
                    }
                    let subject = item.headers.iter().find(|(name, _)| *name == "Subject");
                    let subject = subject.map_or("message", |(_, subject)| subject.as_str());
                    self.part(format!("{path}{subject}.eml"), Ok(item.mail(0)))?;
                }
                Err(_) => self.part(format!("{path}message"), Err(Reason::Damaged))?,
            }
        }
        Ok(())
    }

    fn part(&mut self, name: String, content: Result<Vec<u8>, Reason>) -> Result<(), Reason> {
        if self.parts.len() as u64 >= u64::from(self.options.limits.parts) {
            return Err(Reason::Limit);
        }
        let content = match content {
            Ok(bytes) if bytes.len() as u64 <= self.left => {
                self.left -= bytes.len() as u64;
                Content::Bytes(bytes)
            }
            Ok(_) => Content::Unread(Reason::Limit),
            Err(reason) => Content::Unread(reason),
        };
        self.parts.push(Part {
            name,
            role: Role::Message,
            content,
        });
        Ok(())
    }
}
