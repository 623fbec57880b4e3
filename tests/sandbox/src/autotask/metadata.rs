//! `entityInformation`, `/fields` and `/userDefinedFields` (autotask.md §6).

use serde_json::{Value, json};

use super::{
    Database,
    schema::{Entity, Field, Write},
};

impl Database {
    pub(super) fn information(&self, entity: &Entity) -> Value {
        let child = entity.child.map(|child| child.writes);
        let may =
            |pick: fn(super::schema::Writes) -> bool| pick(entity.root) || child.is_some_and(pick);
        let create = may(|writes| writes.create);
        let update = may(|writes| writes.update);
        let delete = may(|writes| writes.delete);
        let access = |allowed: bool| if allowed { "All" } else { "None" };
        json!({"info": {
            "name": entity.singular,
            "canCreate": create,
            "canDelete": delete,
            "canQuery": entity.readable,
            "canUpdate": update,
            "userAccessForCreate": access(create),
            "userAccessForDelete": access(delete),
            "userAccessForQuery": access(entity.readable),
            "userAccessForUpdate": access(update),
            "hasUserDefinedFields": entity.udf_type.is_some(),
            "supportsWebhookCallouts": false,
        }})
    }

    pub(super) fn field_metadata(&self, entity: &Entity) -> Value {
        let fields: Vec<Value> = self
            .fields(entity)
            .filter(|field| !field.hidden)
            .map(|field| self.one_field(entity, field))
            .collect();
        json!({ "fields": fields })
    }

    fn one_field(&self, entity: &Entity, field: &Field) -> Value {
        let values = self.picklists.of(entity.name, field.name).map(|picks| {
            picks
                .iter()
                .enumerate()
                .map(|(order, pick)| pick.json(order + 1))
                .collect::<Vec<_>>()
        });
        json!({
            "name": field.name,
            "dataType": field.data_type(),
            "length": field.length,
            "isRequired": field.required || self.demands.shown(entity.name, field.name),
            "isReadOnly": field.write != Write::Always,
            "isQueryable": field.queryable && entity.readable,
            "isReference": field.reference.is_some(),
            "referenceEntityType": field.reference.map_or("", |name| {
                super::schema::entity(name).map_or(name, |entity| entity.singular)
            }),
            "isPickList": field.pick,
            "picklistValues": if field.pick { json!(values) } else { Value::Null },
            "picklistParentValueField": field.parent.unwrap_or(""),
            "isSupportedWebhookField": false,
        })
    }
}
